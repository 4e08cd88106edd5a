//! The conformance suite of settings on the emulator, in process.

use std::sync::Arc;

use aws_types::region::Region;
use cognito::UserPools;
use cognito_emulator::Emulator;
use cognito_tests::conformance::configuration::{Configured, STEPS};
use cognito_tests::fixture::admin_config;

#[tokio::test]
async fn on_the_emulator() {
    let emulator = Emulator::builder().in_process();
    let config = admin_config().into_builder().region(Region::new("us-east-1"));
    let config = config.endpoint_url(emulator.endpoint()).http_client(emulator.http_client());
    let pools = UserPools::new(&config.build());
    let mark = "conformance".to_owned();
    let created = Arc::default();
    let target = Configured { pools, lacks: &[], mark, accepts_arns: true, created };
    for (name, step) in STEPS {
        println!("{name}");
        step(&target).await;
    }
}
