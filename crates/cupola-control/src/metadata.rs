//! `GET /metadata/endpoints`: where everything is. The 2019 version is a list of clouds, later ones are one cloud; each has
//! clients that take nothing else.

use crate::answer;
use crate::dispatch::{Call, Reply, Route, anonymous, unversioned};
use cupola_core::Problem;
use cupola_wire::arm::Cloud;

pub(crate) const ROUTES: &[Route] = &[unversioned("GET", "/metadata/endpoints", anonymous!(get))];

async fn get(call: Call) -> Result<Reply, Problem> {
    let cloud = Cloud::at(&call.origin);
    // Dates compare as text.
    let one = call
        .query
        .get("api-version")
        .is_some_and(|version| version >= "2020");
    Ok(if one {
        answer::ok(&cloud)
    } else {
        answer::ok(&[cloud])
    })
}
