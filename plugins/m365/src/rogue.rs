//! Apps that are known from break-ins. Each has honest users, too: a client that does names it in `allowed_apps`.

/// Id and name. Source: huntresslabs/rogueapps.
const ROGUE: &[(&str, &str)] = &[
    ("e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd", "eM Client"),
    ("ff8d92dc-3d82-41d6-bcbd-b9174d163620", "PerfectData Software"),
    ("a245e8c0-b53c-4b67-9b45-751d1dff8e6b", "Newsletter Software Supermailer"),
    ("b15665d9-eda6-4092-8539-0eec376afd59", "rclone"),
    ("a43e5392-f48b-46a4-a0f1-098b5eeb4757", "CloudSponge"),
];

/// The name under which an app is known from break-ins, by its app id.
pub fn name(app_id: &str) -> Option<&'static str> {
    ROGUE.iter().find(|(id, _)| id.eq_ignore_ascii_case(app_id)).map(|(_, name)| *name)
}

/// The ids of all of them.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ROGUE.iter().map(|(id, _)| *id)
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_app_is_known_by_its_id_alone() {
        assert_eq!(super::name("B15665D9-EDA6-4092-8539-0EEC376AFD59"), Some("rclone"));
        assert_eq!(super::name("b15665d9-eda6-4092-8539-0eec376afd58"), None);
        assert!(super::ids().all(|id| id.len() == 36));
    }
}
