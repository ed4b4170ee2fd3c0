//! Customers, people who may sign in, keys, and what everybody did.

use sutler_types::customer::{Customer, CustomerExport, CustomerPatch, NewCustomer};
use sutler_types::key::{ApiKey, NewApiKey, RollApiKey, WhoAmI};
use sutler_types::person::{AuditEntry, NewUser, Session, User, UserPatch};

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{expand, id, page, text};

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = customers();
    entries.extend(users());
    entries.extend(keys());
    entries
}

fn customers() -> Vec<Entry> {
    vec![
        of("list_customers")
            .query([
                text("email", "The one who has it, in any case; not together with a cursor."),
                expand(&["lifetime"]),
            ])
            .query(page())
            .gives_page::<Customer>(),
        of("create_customer")
            .takes::<NewCustomer>()
            .versioned()
            .gives::<Customer>(201, "The customer.")
            .codes(&["email_exists", "customer_exists", "gone"]),
        of("get_customer")
            .query([expand(&["lifetime"])])
            .versioned()
            .gives::<Customer>(200, "The customer.")
            .codes(&["gone"]),
        of("update_customer")
            .merges::<CustomerPatch>()
            .conditional()
            .versioned()
            .gives::<Customer>(200, "The customer after it.")
            .codes(&["email_exists", "gone"]),
        of("export_customer")
            .about("Their orders too, so the key needs `orders:read` as well.")
            .gives::<CustomerExport>(200, "Everything that is held about the person.")
            .codes(&["export_too_large", "gone"]),
        of("erase_customer")
            .about("Orders keep their totals and lose the person, in every copy.")
            .may_take::<Nothing>()
            .conditional()
            .versioned()
            .gives::<Customer>(200, "What is left.")
            .codes(&["invalid_transition", "gone"]),
    ]
}

fn users() -> Vec<Entry> {
    vec![
        of("list_users").gives_list::<User>(),
        of("create_user")
            .about("Without a password, this answer has the link with which they sign in and choose one.")
            .takes::<NewUser>()
            .versioned()
            .gives::<User>(201, "The person.")
            .codes(&["email_exists", "owners_only", "too_many_users"]),
        of("get_user").versioned().gives::<User>(200, "The person."),
        of("update_user")
            .merges::<UserPatch>()
            .conditional()
            .versioned()
            .gives::<User>(200, "The person after it.")
            .codes(&["email_exists", "owners_only", "last_owner"]),
        of("delete_user").gives_nothing().codes(&["owners_only", "last_owner"]),
        of("create_sign_in_link")
            .about("It is in this answer and nowhere else, and works once, for 30 minutes.")
            .may_take::<Nothing>()
            .versioned()
            .gives::<User>(200, "The person, with the link.")
            .codes(&["owners_only", "invalid_transition"]),
        of("list_sessions").query([id("user_id", "usr", "Of this person.")]).gives_list::<Session>(),
        of("end_session").gives_nothing(),
        of("list_audit_log")
            .query([
                text("actor", "By this one, such as `user:usr_…`."),
                text("action", "Of this sort, such as `user.created`."),
                text("subject", "To this one: an id."),
            ])
            .query(page())
            .gives_page::<AuditEntry>(),
    ]
}

fn keys() -> Vec<Entry> {
    vec![
        of("whoami").gives::<WhoAmI>(200, "Whom the server takes the caller for."),
        of("list_api_keys").gives_list::<ApiKey>(),
        of("create_api_key")
            .about("The secret is in this answer and nowhere else, ever; a repeat makes another key.")
            .takes::<NewApiKey>()
            .versioned()
            .gives::<ApiKey>(201, "The key, with its secret."),
        of("get_api_key").gives::<ApiKey>(200, "The key, without its secret."),
        of("revoke_api_key").gives_nothing(),
        of("roll_api_key")
            .may_take::<RollApiKey>()
            .versioned()
            .gives::<ApiKey>(201, "The new key, with its secret.")
            .codes(&["key_revoked"]),
    ]
}
