//! Somebody else who edits the embedded directory behind wpsync's back.

use std::sync::Arc;

use wpsync::client::WriteConnection;

use wpsync::dialect::Dialect;

use wpsync::wire::Edit;

use wpsync::client::InProcessTransport;

use wpsync::model::Live;

use wpsync::model::Member;

use wpsync::client::DirectoryAddress;

use wpsync::client::MemberRefusals;
use wpsync::client::Writer;
use wpsync::model::{Catalog, Key, Kind, Reference, Value};

use crate::support::Project;

/// The directory in a stranger's hands.
struct Stranger {
    catalog: Arc<Catalog>,
    writer: Writer,
}

impl Stranger {
    async fn find(&self, key: &Key) -> Live {
        let found = self
            .writer
            .reader()
            .find(self.catalog.naming(key.kind), &key.name)
            .await
            .expect("found");
        found.into_iter().next().expect("it is there")
    }
}

/// Lets a stranger do something, and closes the directory.
fn stranger(project: &Project, act: impl AsyncFnOnce(Stranger)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let catalog = Arc::new(Catalog::built_in());
        let transport = Arc::new(InProcessTransport::new(
            DirectoryAddress::local("directory.db"),
            project.directory().router(),
        ));
        let dialect = Dialect::shipped("local").expect("it is shipped");
        let writer = Writer::open(WriteConnection::new(transport, dialect, Arc::clone(&catalog)))
            .await
            .expect("open");
        act(Stranger { catalog, writer }).await;
    });
}

/// Changes one attribute of a person.
pub fn stranger_edits(project: &Project, user: &str, path: &str, text: &str) {
    stranger_sets(project, user, path, &Value::text(text));
}

/// Takes a person's access away.
pub fn stranger_deactivates(project: &Project, user: &str) {
    stranger_sets(project, user, "active", &Value::Boolean(false));
}

fn stranger_sets(project: &Project, user: &str, path: &str, value: &Value) {
    stranger(project, async |stranger: Stranger| {
        let found = stranger.find(&Key::new(Kind::User, user)).await;
        let attribute = stranger.catalog.find(Kind::User, path).expect("known").id;
        stranger
            .writer
            .update(
                &found,
                &[Edit {
                    attribute,
                    value: Some(value.clone()),
                }],
            )
            .await
            .expect("updated");
    });
}

/// Deletes a person or a group, as `user:ada@example.com`.
pub fn stranger_deletes(project: &Project, key: &str) {
    stranger(project, async |stranger: Stranger| {
        let found = stranger.find(&Key::parse(key).expect("a key")).await;
        stranger
            .writer
            .delete(found.kind, &found.id, None)
            .await
            .expect("deleted");
    });
}

/// Deletes a person and makes an account with the same attributes, which has another id.
pub fn stranger_makes_anew(project: &Project, user: &str) {
    stranger(project, async |stranger: Stranger| {
        let found = stranger.find(&Key::new(Kind::User, user)).await;
        stranger
            .writer
            .delete(found.kind, &found.id, None)
            .await
            .expect("deleted");
        let made = stranger
            .writer
            .create(found.kind, &found.attributes, &[])
            .await
            .expect("created");
        assert_ne!(made.id, found.id);
    });
}

/// Adds a person to a group.
pub fn stranger_adds_member(project: &Project, group: &str, user: &str) {
    stranger(project, async |stranger: Stranger| {
        let group = stranger.find(&Key::new(Kind::Group, group)).await;
        let user = stranger.find(&Key::new(Kind::User, user)).await;
        let member = Member {
            reference: Reference::to_id(user.id),
            kind: Some(Kind::User),
        };
        stranger
            .writer
            .change_members(&group.id, &[member], &[], &mut MemberRefusals::default())
            .await
            .expect("added");
    });
}
