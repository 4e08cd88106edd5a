//! `cognito completions`: scripts that complete the command line.

use clap::Args;
use clap_complete::Shell;

use crate::app::App;
use crate::failure::Outcome;
use crate::help;

const EXAMPLES: &str = "\
Examples:
  cognito completions bash > ~/.local/share/bash-completion/completions/cognito
  cognito completions zsh > \"${fpath[1]}/_cognito\"
  cognito completions fish > ~/.config/fish/completions/cognito.fish
";

/// Prints a script that completes the commands and options of the program in a shell
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Shell of the script
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, app: &App) -> Outcome {
    // The generator panics if it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut help::command(), "cognito", &mut script);
    app.output.text(&String::from_utf8_lossy(&script))
}
