//! `cognito groups create`: a group.

use clap::Args;
use cognito::admin::CreateGroup;
use serde_json::json;

use super::list::record;
use crate::app::App;
use crate::aws;
use crate::commands::writing::{self, Call, quoted};
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito groups create staff
  cognito groups create admins --precedence 1 --description 'Administrators' \\
    --role-arn arn:aws:iam::123456789012:role/admin
";

/// Creates a group
///
/// Calls CreateGroup.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Name of the group
    name: String,
    /// Description of the group
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// ARN of the role that identity pools assign to the users of the group
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// Precedence among the groups of a user; 0 is the highest, and a group without one has the lowest
    #[arg(long, value_name = "NUMBER")]
    precedence: Option<u32>,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let Arguments { name, description, role_arn, precedence } = arguments;
    let members = json!({
        "GroupName": name, "Description": description, "RoleArn": role_arn, "Precedence": precedence
    });
    let call = Call::new("CreateGroup", &admin, members);
    if let Some(group) = writing::send(call, arguments.request(&admin), app).await? {
        app.terminal.note(&format!("the group {} was created", quoted(name)));
        app.output.record(&record(&group))?;
    }
    Ok(())
}

impl Arguments {
    fn request(&self, admin: &cognito::Admin) -> CreateGroup {
        let mut request = admin.create_group(&self.name);
        if let Some(description) = &self.description {
            request = request.description(description);
        }
        if let Some(arn) = &self.role_arn {
            request = request.role_arn(arn);
        }
        match self.precedence {
            Some(precedence) => request.precedence(precedence),
            None => request,
        }
    }
}
