//! The pages of managed login and of audits in headless Chromium, and the sign-in of the program
//! `cognito` there.

use super::script;
use super::servers::Server;
use crate::apt::CHROMIUM;
use crate::peers;
use crate::run::{self, Outcome};

/// Opens every page, and keeps screenshots in a directory if there is one.
pub(crate) fn run(screenshots: Option<&str>) -> Outcome {
    if let Err(reason) = CHROMIUM.install() {
        run::skip("the pages in Chromium", &reason);
        return Ok(());
    }
    peers::install_node()?;
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    run::build(&["-p", "cognito-cli", "--bins"])?;
    let server = Server::ours("endpoint")?;
    println!("xtask: the pages of managed login in Chromium");
    let mut command = script("pages_browser.mjs")?;
    command.arg(server.endpoint()).arg(peers::node_packages());
    run::run(command.args(screenshots))?;
    // The steps before advance the clock of their emulator, by which tokens are not valid yet.
    let server = Server::ours("endpoint")?;
    println!("xtask: the program's sign-in in Chromium");
    let mut command = script("program_browser.mjs")?;
    command.arg(server.endpoint()).arg(peers::node_packages());
    command.arg(run::built("cognito"));
    run::run(command.args(screenshots))?;
    println!("xtask: the page of an audit in Chromium");
    let mut command = script("audit_page.mjs")?;
    command.arg(server.endpoint()).arg(peers::node_packages());
    command.arg(run::built("cognito"));
    run::run(command.args(screenshots))
}
