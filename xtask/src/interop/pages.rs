//! The pages of managed login and audits, and the sign-in of the program `cognito`, in headless Chromium.

use super::script;
use super::servers::Server;
use crate::apt::CHROMIUM;
use crate::run::{self, Outcome};
use crate::third_party;

/// Opens every page, and writes screenshots to a directory if one is given.
pub(crate) fn run(screenshots: Option<&str>) -> Outcome {
    if let Err(reason) = CHROMIUM.install() {
        run::skip("the pages in Chromium", &reason);
        return Ok(());
    }
    third_party::install_node()?;
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    run::build(&["-p", "cognito-cli", "--bins"])?;
    let server = Server::ours("endpoint")?;
    println!("xtask: the pages of managed login in Chromium");
    let mut command = script("pages_browser.mjs")?;
    command.arg(server.endpoint()).arg(third_party::node_packages());
    run::run(command.args(screenshots))?;
    // The steps above advance the clock of their emulator, so that its tokens are issued in the future.
    let server = Server::ours("endpoint")?;
    println!("xtask: the program's sign-in in Chromium");
    let mut command = script("program_browser.mjs")?;
    command.arg(server.endpoint()).arg(third_party::node_packages());
    command.arg(run::built("cognito"));
    run::run(command.args(screenshots))?;
    println!("xtask: the page of an audit in Chromium");
    let mut command = script("audit_page.mjs")?;
    command.arg(server.endpoint()).arg(third_party::node_packages());
    command.arg(run::built("cognito"));
    run::run(command.args(screenshots))
}
