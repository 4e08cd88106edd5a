//! Conformance of the administration of users and groups.

use cognito::account::Attributes;
use cognito::admin::{Filter, Group, UserRecord, UserStatus};
use cognito::types::BoxFuture;
use cognito::{Admin, Error, ErrorKind, UserPool};

use crate::fixture::{PASSWORD, done};

/// A pool, its administrator and an app client that allows SRP.
pub struct Administered {
    /// The administrator's side.
    pub admin: Admin,
    /// The user's side.
    pub pool: UserPool,
    /// The missing capabilities of the server.
    pub lacks: &'static [Lack],
    /// Requests per second that the server allows for jobs.
    pub rate: u32,
}

/// A capability that other servers may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// AdminDeleteUserAttributes.
    DeletedAttributes,
    /// UpdateGroup.
    ChangedGroups,
    /// AttributesToGet of ListUsers.
    ChosenAttributes,
    /// Groups without a precedence: the server sets one for every group.
    UnrankedGroups,
    /// Verification of passwords: the server accepts any password.
    PasswordChecks,
}

type Step = fn(&Administered) -> BoxFuture<'_, ()>;

/// The suite. Each step has separate users and groups.
pub const STEPS: [(&str, Step); 10] = [
    ("makes a user and reads it back", |target| Box::pin(new_user(target))),
    ("saves what was changed of a user", |target| Box::pin(changes(target))),
    ("sets passwords, for good and for once", |target| Box::pin(passwords(target))),
    ("disables, enables and deletes", |target| Box::pin(access(target))),
    ("confirms a sign-up", |target| Box::pin(confirmation(target))),
    ("ends the sessions of a user", |target| Box::pin(sign_out(target))),
    ("makes, changes and deletes groups", |target| Box::pin(groups(target))),
    ("adds to groups and takes out of them", |target| Box::pin(members(target))),
    ("lists users page by page", |target| Box::pin(pages(target))),
    ("finds users", |target| Box::pin(search(target))),
];

impl Administered {
    fn has(&self, ability: Lack) -> bool {
        !self.lacks.contains(&ability)
    }

    async fn create(&self, username: &str) -> UserRecord {
        let user = self.admin.create_user(username).suppress_invitation();
        let user = user.attribute("email", format!("{username}@example.com"));
        user.temporary_password("Temporary-1").await.unwrap()
    }

    async fn signs_in(&self, username: &str, password: &str) -> bool {
        self.pool.sign_in(username).password(password).await.is_ok()
    }
}

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    result.err().expect("it was not refused").kind()
}

const SMALL_PAGE: u8 = 2;

async fn new_user(target: &Administered) {
    let made = target.create("adam").await;
    assert_eq!(made.status(), &UserStatus::ForceChangePassword);
    assert!(made.is_enabled() && made.subject().is_some());
    let read = target.admin.user("adam").get().await.unwrap();
    assert_eq!((read.username(), read.subject()), ("adam", made.subject()));
    assert_eq!(read.attributes().email(), Some("adam@example.com"));
    assert_eq!(read.status(), &UserStatus::ForceChangePassword);
    assert!(read.created_at().is_some() && read.mfa_factors().is_empty());
    let again = target.admin.create_user("adam").suppress_invitation().await;
    assert_eq!(kind(again), ErrorKind::UserExists);
    let nobody = target.admin.user("nobody").get().await;
    assert_eq!(kind(nobody), ErrorKind::UserNotFound);
}

async fn changes(target: &Administered) {
    target.create("bea").await;
    target.create("boris").await;
    let bea = target.admin.user("bea");
    let names: Attributes = [("given_name", "Bea"), ("nickname", "b")].into_iter().collect();
    bea.update_attributes(&names).await.unwrap();
    let mut read = bea.get().await.unwrap();
    read.set("family_name", "Mann");
    if target.has(Lack::DeletedAttributes) {
        read.attributes_mut().remove("nickname");
    }
    read.save(&target.admin).await.unwrap();
    let read = bea.get().await.unwrap();
    let attributes = read.attributes();
    assert_eq!((attributes.given_name(), attributes.family_name()), (Some("Bea"), Some("Mann")));
    assert_eq!(attributes.email(), Some("bea@example.com"));
    assert_eq!(attributes.nickname().is_none(), target.has(Lack::DeletedAttributes));
    let boris = target.admin.user("boris").get().await.unwrap();
    assert_eq!(boris.attributes().family_name(), None, "another user was changed");
}

async fn passwords(target: &Administered) {
    target.create("cleo").await;
    let cleo = target.admin.user("cleo");
    cleo.set_password(PASSWORD).await.unwrap();
    assert_eq!(cleo.get().await.unwrap().status(), &UserStatus::Confirmed);
    assert!(target.signs_in("cleo", PASSWORD).await);
    if target.has(Lack::PasswordChecks) {
        assert!(!target.signs_in("cleo", "Wrong-horse1").await);
        assert_eq!(kind(cleo.set_password("short").await), ErrorKind::InvalidPassword);
    }
    cleo.set_temporary_password("Temporary-2").await.unwrap();
    assert_eq!(cleo.get().await.unwrap().status(), &UserStatus::ForceChangePassword);
}

async fn access(target: &Administered) {
    target.create("dirk").await;
    let dirk = target.admin.user("dirk");
    dirk.set_password(PASSWORD).await.unwrap();
    dirk.disable().await.unwrap();
    assert!(!dirk.get().await.unwrap().is_enabled());
    assert!(!target.signs_in("dirk", PASSWORD).await);
    dirk.enable().await.unwrap();
    assert!(dirk.get().await.unwrap().is_enabled());
    assert!(target.signs_in("dirk", PASSWORD).await);
    dirk.delete().await.unwrap();
    assert_eq!(kind(dirk.get().await), ErrorKind::UserNotFound);
    assert_eq!(kind(dirk.delete().await), ErrorKind::UserNotFound);
}

async fn confirmation(target: &Administered) {
    let sign_up = target.pool.sign_up("elsa").password(PASSWORD);
    sign_up.attribute("email", "elsa@example.com").await.unwrap();
    let elsa = target.admin.user("elsa");
    assert_eq!(elsa.get().await.unwrap().status(), &UserStatus::Unconfirmed);
    elsa.confirm_sign_up().await.unwrap();
    assert_eq!(elsa.get().await.unwrap().status(), &UserStatus::Confirmed);
    assert!(target.signs_in("elsa", PASSWORD).await);
}

async fn sign_out(target: &Administered) {
    target.create("felix").await;
    target.admin.user("felix").set_password(PASSWORD).await.unwrap();
    let session = done(target.pool.sign_in("felix").password(PASSWORD).await.unwrap());
    target.admin.user("felix").sign_out_everywhere().await.unwrap();
    assert!(session.refresh().await.is_err(), "the session went on");
}

async fn groups(target: &Administered) {
    let admin = &target.admin;
    let made = admin.create_group("editors").description("Who edit").precedence(7).await.unwrap();
    assert_eq!((made.name(), made.precedence()), ("editors", Some(7)));
    assert_eq!(kind(admin.create_group("editors").await), ErrorKind::AlreadyExists);
    let editors = admin.group("editors");
    let mut precedence = 7;
    if target.has(Lack::ChangedGroups) {
        precedence = 3;
        editors.update().precedence(precedence).await.unwrap();
    }
    let read = editors.get().await.unwrap();
    assert_eq!((read.precedence(), read.description()), (Some(precedence), Some("Who edit")));
    assert!(read.created_at().is_some());
    for name in ["g1", "g2", "g3"] {
        admin.create_group(name).await.unwrap();
    }
    let listed = admin.groups().page_size(SMALL_PAGE).await.unwrap();
    for name in ["editors", "g1", "g2", "g3"] {
        assert!(listed.iter().any(|group| group.name() == name), "{name} is not listed");
    }
    editors.delete().await.unwrap();
    assert_eq!(kind(editors.get().await), ErrorKind::NotFound);
}

async fn members(target: &Administered) {
    let admin = &target.admin;
    admin.create_group("low").precedence(9).await.unwrap();
    admin.create_group("high").precedence(1).description("Who decide").await.unwrap();
    admin.create_group("unranked").await.unwrap();
    for name in ["gabi", "gina", "greta"] {
        target.create(name).await;
        admin.group("low").add(name).await.unwrap();
    }
    let gabi = admin.user("gabi");
    gabi.add_to_group("high").await.unwrap();
    gabi.add_to_group("high").await.unwrap();
    if target.has(Lack::UnrankedGroups) {
        gabi.add_to_group("unranked").await.unwrap();
    }
    let members = admin.group("low").users().page_size(SMALL_PAGE).await.unwrap();
    let mut names: Vec<_> = members.iter().map(UserRecord::username).collect();
    names.sort_unstable();
    assert_eq!(names, ["gabi", "gina", "greta"]);
    let groups = gabi.groups().page_size(SMALL_PAGE).await.unwrap();
    assert_eq!(groups.len(), if target.has(Lack::UnrankedGroups) { 3 } else { 2 });
    let highest = gabi.highest_group().await.unwrap().unwrap();
    assert_eq!((highest.name(), highest.description()), ("high", Some("Who decide")));
    gabi.remove_from_group("high").await.unwrap();
    assert_eq!(gabi.highest_group().await.unwrap().as_ref().map(Group::name), Some("low"));
    assert_eq!(kind(gabi.add_to_group("no-such-group").await), ErrorKind::NotFound);
    assert_eq!(kind(admin.group("low").add("nobody").await), ErrorKind::UserNotFound);
}

async fn pages(target: &Administered) {
    for name in ["page1", "page2", "page3", "page4", "page5"] {
        target.create(name).await;
    }
    let all = target.admin.users().await.unwrap().len();
    let mut pages = target.admin.users().page_size(SMALL_PAGE).pages();
    let first = pages.next().await.unwrap().unwrap();
    assert!(first.items.len() <= 2);
    let rest = target.admin.users().page_size(SMALL_PAGE).from_page(first.next.unwrap());
    assert_eq!(first.items.len() + rest.await.unwrap().len(), all);
}

async fn search(target: &Administered) {
    for name in ["hugo", "hulda"] {
        target.create(name).await;
    }
    target.admin.user("hugo").disable().await.unwrap();
    let found = |filter| async move {
        let users = target.admin.users().filter(filter).await.unwrap();
        let mut names: Vec<_> = users.iter().map(|user| user.username().to_owned()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(found(Filter::email().starts_with("hu")).await, ["hugo", "hulda"]);
    assert_eq!(found(Filter::username().equals("hulda")).await, ["hulda"]);
    assert!(found(Filter::enabled(false)).await.contains(&"hugo".to_owned()));
    assert!(!found(Filter::enabled(true)).await.contains(&"hugo".to_owned()));
    assert_eq!(found(Filter::email().equals("nobody@example.com")).await, [""; 0]);
    let status = Filter::status(&UserStatus::ForceChangePassword);
    assert!(found(status).await.contains(&"hulda".to_owned()));
    let nickname: Attributes = [("nickname", "h")].into_iter().collect();
    target.admin.user("hulda").update_attributes(&nickname).await.unwrap();
    let few = target.admin.users().filter(Filter::username().equals("hulda"));
    let few = few.attributes(["email"]).await.unwrap();
    let read = few[0].attributes();
    assert_eq!(read.email(), Some("hulda@example.com"));
    assert_eq!(read.nickname().is_none(), target.has(Lack::ChosenAttributes));
}
