//! Terms of marketplace plans, for those who look at them and accept them before they subscribe. Both families of addresses
//! are about the same agreements; the plans are those of the catalog's offers.

mod agreement;
mod cancel;
mod get;
mod list;
mod put;
mod sign;

use crate::dispatch::{Route, action, route};

const TERMS: &str = "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/offerTypes/{offerType}/publishers/{publisher}/offers/{offer}/plans/{plan}/agreements/current";
const PLAN: &str = "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/agreements/{publisher}/offers/{offer}/plans/{plan}";

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        TERMS,
        action!(
            "Microsoft.MarketplaceOrdering/offerTypes/publishers/offers/plans/agreements/read",
            get::get
        ),
    ),
    route(
        "PUT",
        TERMS,
        action!(
            "Microsoft.MarketplaceOrdering/offerTypes/publishers/offers/plans/agreements/write",
            put::put
        ),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/agreements",
        action!("Microsoft.MarketplaceOrdering/agreements/read", list::list),
    ),
    route(
        "GET",
        PLAN,
        action!(
            "Microsoft.MarketplaceOrdering/agreements/offers/plans/read",
            get::get
        ),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/agreements/{publisher}/offers/{offer}/plans/{plan}/sign",
        action!(
            "Microsoft.MarketplaceOrdering/agreements/offers/plans/sign/action",
            sign::sign
        ),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/agreements/{publisher}/offers/{offer}/plans/{plan}/cancel",
        action!(
            "Microsoft.MarketplaceOrdering/agreements/offers/plans/cancel/action",
            cancel::cancel
        ),
    ),
];
