//! Runs the fault matrix and prints its table: `cargo xtask fault-matrix`.

use std::process::ExitCode;
use std::time::Instant;

use cognito_tests::fault_matrix;

#[tokio::main]
async fn main() -> ExitCode {
    let begin = Instant::now();
    let matrix = match fault_matrix::run().await {
        Ok(matrix) => matrix,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    println!("{matrix}in {} s", begin.elapsed().as_secs());
    if matrix.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
