//! The pages of managed login in headless Chromium.

use super::script;
use super::servers::Server;
use crate::apt::CHROMIUM;
use crate::peers;
use crate::run::{self, Outcome, cargo};

/// Opens every page, and keeps screenshots in a directory if there is one.
pub(crate) fn run(screenshots: Option<&str>) -> Outcome {
    if let Err(reason) = CHROMIUM.install() {
        run::skip("the pages of managed login", &reason);
        return Ok(());
    }
    peers::install_node()?;
    cargo(&["build", "-p", "cognito-emulator", "--bins"], &[])?;
    let server = Server::ours("endpoint")?;
    println!("xtask: the pages of managed login in Chromium");
    let mut command = script("pages_browser.mjs")?;
    command.arg(server.endpoint()).arg(peers::node_packages());
    run::run(command.args(screenshots))
}
