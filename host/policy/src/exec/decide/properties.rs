//! What holds for every argument list.

use proptest::prelude::*;

use crate::fixture::*;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![Just("log".to_owned()), Just("-n".to_owned()), Just("5".to_owned()), any::<String>()]
}

proptest! {
    #[test]
    fn nothing_but_the_grammar_is_given_and_nothing_panics(command in any::<String>(), args in prop::collection::vec(word(), 0..6)) {
        let plugin = asking(&format!("{JAIL}{}", exec_grant("a", "[\"log\", \"-n\", { int = { min = 1, max = 9 } }]")));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let given = start(&plugin, &command, &args).is_ok();
        let fits = matches!(&args[..], ["log", "-n", number] if number.parse().is_ok_and(|n: u8| (1..10).contains(&n)) && number.len() == 1);
        prop_assert_eq!(given, command == "git" && fits);
    }

    #[test]
    fn the_order_of_grants_does_not_matter_and_more_of_them_take_nothing_away(args in prop::collection::vec(word(), 0..4)) {
        let (a, b) = (exec_grant("a", "[\"log\"]"), exec_grant("b", "[{ rest = { match = \"[a-z0-9]*\" } }]"));
        let one = asking(&format!("{JAIL}{a}"));
        let both = asking(&format!("{JAIL}{a}{b}"));
        let turned = asking(&format!("{JAIL}{b}{a}"));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        prop_assert_eq!(start(&both, "git", &args).ok(), start(&turned, "git", &args).ok());
        prop_assert!(start(&one, "git", &args).is_err() || start(&both, "git", &args).is_ok());
    }
}
