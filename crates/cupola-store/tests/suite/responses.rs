//! Responses that are kept.

use super::{grant, id, now, resource};
use cupola_core::Timestamp;
use cupola_store::Store;
use cupola_store::responses::{ChainBounds, KEPT_DAYS, KeptResponse, Owner, SiteBounds};

const LAB: &str = "/subscriptions/s/resourceGroups/g/providers/N.X/accounts/Lab";
const OTHER: &str = "/subscriptions/s/resourceGroups/g/providers/N.X/accounts/Lab2";

const WHOLE: ChainBounds = ChainBounds {
    since: Timestamp::UNIX_EPOCH,
    links_max: 100,
    bytes_max: 1 << 20,
};

fn owner(site: &str, side: &str) -> Owner {
    Owner {
        site: site.to_owned(),
        side: side.to_owned(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + second).expect("an instant")
}

fn response(site: &str, id: &str, previous: Option<&str>, second: i64) -> KeptResponse {
    KeptResponse {
        owner: owner(site, ""),
        id: id.to_owned(),
        previous: previous.map(str::to_owned),
        made_at: at(second),
        sealed: format!("sealed {id}"),
    }
}

async fn sites(store: &Store) {
    let mut work = store.begin().await.expect("begun");
    for site in [LAB, OTHER] {
        work.resources()
            .put(&grant(), &resource(site))
            .await
            .expect("put");
    }
    work.save().await.expect("saved");
}

async fn keep(store: &Store, responses: &[KeptResponse]) {
    let mut work = store.begin().await.expect("begun");
    for response in responses {
        assert!(work.responses().put(response).await.expect("put"), "{response:?}");
    }
    work.save_quietly().await.expect("saved");
}

async fn ids(store: &Store, owner: &Owner, id: &str, bounds: ChainBounds) -> Vec<String> {
    let mut reader = store.reader().await.expect("a reader");
    let chain = reader.responses().chain(owner, id, bounds).await.expect("read");
    for link in &chain {
        let expected = format!("sealed {}", link.id);
        assert!(
            link.sealed.as_ref().is_none_or(|sealed| *sealed == expected),
            "{link:?}"
        );
    }
    let shown = |sealed: bool| if sealed { "" } else { "?" };
    chain
        .into_iter()
        .map(|link| format!("{}{}", link.id, shown(link.sealed.is_some())))
        .collect()
}

pub(crate) async fn a_kept_response_is_found_with_all_that_it_goes_on_from(store: &Store) {
    sites(store).await;
    keep(
        store,
        &[
            response(LAB, "a", None, 0),
            response(LAB, "b", Some("a"), 1),
            response(LAB, "c", Some("b"), 2),
            response(LAB, "d", Some("b"), 3),
            response(OTHER, "a", None, 0),
            response(OTHER, "e", Some("b"), 0),
        ],
    )
    .await;
    let lab = owner(LAB, "");
    assert_eq!(ids(store, &lab, "c", WHOLE).await, ["c", "b", "a"]);
    assert_eq!(ids(store, &lab, "d", WHOLE).await, ["d", "b", "a"]);
    assert_eq!(
        ids(store, &owner(&LAB.to_uppercase(), ""), "a", WHOLE).await,
        ["a"]
    );
    assert_eq!(ids(store, &lab, "A", WHOLE).await, [""; 0], "ids have a case");
    // A chain does not lead into another site.
    assert_eq!(ids(store, &owner(OTHER, ""), "e", WHOLE).await, ["e"]);
    assert_eq!(ids(store, &owner(OTHER, ""), "c", WHOLE).await, [""; 0]);
    assert_eq!(ids(store, &owner(LAB, "ada"), "c", WHOLE).await, [""; 0]);

    let links = |links_max| ChainBounds { links_max, ..WHOLE };
    assert_eq!(ids(store, &lab, "c", links(2)).await, ["c", "b"]);
    let bytes = |bytes_max| ChainBounds { bytes_max, ..WHOLE };
    assert_eq!(ids(store, &lab, "c", bytes(24)).await, ["c", "b", "a"]);
    assert_eq!(ids(store, &lab, "c", bytes(23)).await, ["c", "b", "a?"]);
    assert_eq!(ids(store, &lab, "c", bytes(15)).await, ["c", "b?"]);
    let since = |second| ChainBounds {
        since: at(second),
        ..WHOLE
    };
    assert_eq!(ids(store, &lab, "c", since(0)).await, ["c", "b"]);
    assert_eq!(ids(store, &lab, "c", since(2)).await, [""; 0]);
}

pub(crate) async fn a_kept_response_is_its_owners_to_delete(store: &Store) {
    sites(store).await;
    let mut adas = response(LAB, "b", Some("a"), 0);
    adas.owner = owner(LAB, "ada");
    keep(store, &[response(LAB, "a", None, 0), adas]).await;
    let delete = async |owner: Owner, id: &str, since: i64| {
        let mut work = store.begin().await.expect("begun");
        let gone = work
            .responses()
            .delete(&owner, id, at(since))
            .await
            .expect("asked");
        work.save_quietly().await.expect("saved");
        gone
    };
    assert!(!delete(owner(OTHER, ""), "a", -1).await);
    assert!(!delete(owner(LAB, "ada"), "a", -1).await);
    assert!(!delete(owner(LAB, ""), "b", -1).await);
    assert!(!delete(owner(LAB, ""), "a", 0).await, "it is too old to be there");
    // What a principal keeps does not go on from what a key keeps.
    assert_eq!(ids(store, &owner(LAB, "ada"), "b", WHOLE).await, ["b"]);
    assert!(delete(owner(LAB, ""), "a", -1).await);
    assert!(!delete(owner(LAB, ""), "a", -1).await);
    assert!(delete(owner(LAB, "ada"), "b", -1).await);
}

pub(crate) async fn the_oldest_responses_of_a_site_go_first(store: &Store) {
    sites(store).await;
    let many: Vec<KeptResponse> = (0..10)
        .map(|number| response(LAB, &number.to_string(), None, number))
        .collect();
    keep(store, &many).await;
    keep(store, &[response(OTHER, "0", None, -5)]).await;
    let bound = async |count_max: u64, bytes_max: u64| {
        let mut work = store.begin().await.expect("begun");
        let bounds = SiteBounds { count_max, bytes_max };
        let gone = work.responses().bound(LAB, bounds).await.expect("bounded");
        work.save_quietly().await.expect("saved");
        gone
    };
    let left = async || {
        let mut left = String::new();
        for number in 0..10 {
            left += &ids(store, &owner(LAB, ""), &number.to_string(), WHOLE)
                .await
                .concat();
        }
        left
    };
    assert_eq!(bound(10, 80).await, 0);
    assert_eq!((bound(8, u64::MAX).await, left().await.as_str()), (2, "23456789"));
    assert_eq!((bound(9, 47).await, left().await.as_str()), (3, "56789"));
    assert_eq!((bound(0, 80).await, left().await.as_str()), (5, ""));
    assert_eq!(ids(store, &owner(OTHER, ""), "0", WHOLE).await, ["0"]);
}

pub(crate) async fn old_responses_are_forgotten_and_those_of_a_site_go_with_it(store: &Store) {
    sites(store).await;
    let day = 24 * 3600;
    keep(
        store,
        &[
            response(LAB, "a", None, -(KEPT_DAYS + 2) * day),
            response(LAB, "b", None, -(KEPT_DAYS + 1) * day),
            response(OTHER, "c", None, -KEPT_DAYS * day),
            response(LAB, "d", None, 0),
            response(OTHER, "e", None, 0),
        ],
    )
    .await;
    let mut work = store.begin().await.expect("begun");
    let before = at(-KEPT_DAYS * day);
    assert_eq!(work.responses().prune(before, 1).await.expect("pruned"), 1);
    assert_eq!(work.responses().prune(before, 10).await.expect("pruned"), 2);
    assert_eq!(work.responses().prune(before, 10).await.expect("pruned"), 0);
    work.resources()
        .delete(&grant(), &id(LAB))
        .await
        .expect("deleted");
    let late = response(LAB, "f", None, 0);
    assert!(
        !work.responses().put(&late).await.expect("asked"),
        "its site is gone"
    );
    work.save_quietly().await.expect("saved");
    assert_eq!(ids(store, &owner(LAB, ""), "d", WHOLE).await, [""; 0]);
    assert_eq!(ids(store, &owner(LAB, ""), "f", WHOLE).await, [""; 0]);
    assert_eq!(ids(store, &owner(OTHER, ""), "e", WHOLE).await, ["e"]);
}
