//! Which member takes a request. Pure, so that it can be tried with every number there is.

use crate::simulator::mixed;

// Where requests that begin alike go to one member, it takes this much of its share before they go to another: ...
const SHARE_PERCENT_MAX: u128 = 125;
// ... but a few at a time are no load at all.
const FREE_IN_FLIGHT: u32 = 8;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    /// A number that follows from its name.
    pub(crate) id: u64,
    /// From one on.
    pub(crate) weight: u32,
    /// The lowest comes first.
    pub(crate) priority: u32,
    /// Requests that are on their way there.
    pub(crate) in_flight: u32,
    /// May it be asked?
    pub(crate) standing: Standing,
}

/// May a member be asked?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Yes.
    Ready,
    /// It has as many requests as it may; others wait.
    Full,
    /// It said that it is over a limit of its own.
    Resting,
    /// No: it was asked already, or it failed too often.
    Away,
}

/// The member for a request with this key. Members that are ready come before those where one has to wait, and these
/// before those that asked to be left alone; then the lowest priority; then chance by weight. The same key meets the same
/// member for as long as that one can take it; `spread` is for keys that many requests share.
pub(crate) fn choose(views: &[View], key: u64, spread: bool) -> Option<usize> {
    for standing in [Standing::Ready, Standing::Full, Standing::Resting] {
        let priority = views
            .iter()
            .filter(|view| view.standing == standing)
            .map(|view| view.priority)
            .min();
        let Some(priority) = priority else { continue };
        let in_tier = |view: &View| view.standing == standing && view.priority == priority;
        let tier = || views.iter().enumerate().filter(|(_, view)| in_tier(view));
        let weights: u64 = tier().map(|(_, view)| u64::from(view.weight)).sum();
        let in_flight: u64 = tier().map(|(_, view)| u64::from(view.in_flight)).sum();
        let overloaded = |view: &View| {
            let mine = u128::from(view.in_flight.saturating_sub(FREE_IN_FLIGHT));
            let share = (u128::from(in_flight) + 1) * u128::from(view.weight);
            spread && mine * u128::from(weights) * 100 >= share * SHARE_PERCENT_MAX
        };
        let nearest = tier()
            .filter(|(_, view)| !overloaded(view))
            .min_by(|(_, one), (_, other)| distance(one, key).total_cmp(&distance(other, key)));
        if let Some((index, _)) = nearest {
            return Some(index);
        }
    }
    None
}

// Rendezvous with weights: of independent exponential times with these rates, each is the shortest as often as its rate
// says, and taking one away changes nothing between the others.
fn distance(view: &View, key: u64) -> f64 {
    let number = mixed(mixed(key ^ 0x9e37_79b9_7f4a_7c15) ^ view.id);
    // 53 bits are what a double holds exactly; never zero, whose logarithm is none.
    let share = ((number >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    -share.ln() / f64::from(view.weight.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::hashed;
    use proptest::prelude::*;

    fn view(name: &str, weight: u32, priority: u32) -> View {
        View {
            id: hashed(name.as_bytes()),
            weight,
            priority,
            in_flight: 0,
            standing: Standing::Ready,
        }
    }

    #[test]
    fn members_are_chosen_as_often_as_their_weights_say() {
        let views = [view("a", 1, 0), view("b", 3, 0), view("c", 100, 1)];
        let mut counts = [0u32; 3];
        for key in 0..40_000 {
            counts[choose(&views, key, false).expect("a member")] += 1;
        }
        assert_eq!(counts[2], 0);
        assert!((9_500..10_500).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn the_next_priority_is_for_when_nobody_before_it_is_ready() {
        let mut views = [view("a", 1, 0), view("b", 1, 1), view("c", 1, 2)];
        let check = |views: &[View], expected: Option<usize>| assert_eq!(choose(views, 7, false), expected);
        check(&views, Some(0));
        views[0].standing = Standing::Full;
        check(&views, Some(1));
        views[1].standing = Standing::Resting;
        check(&views, Some(2));
        views[2].standing = Standing::Away;
        check(&views, Some(0));
        views[0].standing = Standing::Away;
        check(&views, Some(1));
        views[1].standing = Standing::Away;
        check(&views, None);
        check(&[], None);
    }

    #[test]
    fn what_begins_alike_stays_together_until_that_is_too_much() {
        let mut views = [view("a", 1, 0), view("b", 1, 0), view("c", 1, 0)];
        let home = choose(&views, 42, true).expect("a member");
        views[home].in_flight = FREE_IN_FLIGHT;
        assert_eq!(choose(&views, 42, true), Some(home));
        views[home].in_flight = 40;
        let second = choose(&views, 42, true).expect("a member");
        assert_ne!(second, home);
        assert_eq!(choose(&views, 42, false), Some(home));
    }

    fn any_view() -> impl Strategy<Value = View> {
        let standing = prop_oneof![
            Just(Standing::Ready),
            Just(Standing::Full),
            Just(Standing::Resting),
            Just(Standing::Away)
        ];
        (any::<u64>(), 1..1000u32, 0..4u32, any::<u32>(), standing).prop_map(
            |(id, weight, priority, in_flight, standing)| View {
                id,
                weight,
                priority,
                in_flight,
                standing,
            },
        )
    }

    proptest! {
        #[test]
        fn somebody_is_chosen_wherever_somebody_may_be(
            views in proptest::collection::vec(any_view(), 0..8), key: u64, spread: bool
        ) {
            let somebody = views.iter().any(|view| view.standing != Standing::Away);
            let chosen = choose(&views, key, spread);
            prop_assert_eq!(chosen.is_some(), somebody);
            if let Some(chosen) = chosen.map(|index| views[index]) {
                let rank = |view: &View| (view.standing as u8, view.priority);
                prop_assert!(views.iter().all(|view| rank(view) >= rank(&chosen)));
            }
        }

        #[test]
        fn taking_away_one_that_was_not_chosen_changes_nothing(
            views in proptest::collection::vec(any_view(), 2..8), key: u64, at: prop::sample::Index
        ) {
            let chosen = choose(&views, key, false);
            let gone = at.index(views.len());
            prop_assume!(chosen.is_some() && chosen != Some(gone));
            let mut fewer = views.clone();
            fewer.remove(gone);
            let found = choose(&fewer, key, false).map(|index| fewer[index]);
            prop_assert_eq!(found, chosen.map(|index| views[index]));
        }
    }
}
