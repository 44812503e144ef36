//! Functions that only the scope can answer: here are their names and how many arguments they take.

use super::{Function, Run, Signature};

const fn asked(name: &'static str, minimum: usize, maximum: usize) -> Function {
    Function {
        signature: Signature {
            name,
            minimum,
            maximum,
        },
        run: Run::Surroundings,
    }
}

pub(super) const TABLE: &[Function] = &[
    asked("parameters", 1, 1),
    asked("variables", 1, 1),
    asked("copyIndex", 0, 2),
    asked("resourceGroup", 0, 0),
    asked("subscription", 0, 0),
    asked("managementGroup", 0, 0),
    asked("tenant", 0, 0),
    asked("deployment", 0, 0),
    asked("deployer", 0, 0),
    asked("environment", 0, 0),
    asked("reference", 1, 3),
    asked("references", 1, 2),
    asked("resourceInfo", 1, 1),
    asked("list*", 1, 3),
    asked("providers", 1, 2),
    asked("pickZones", 3, 5),
    asked("toLogicalZone", 3, 3),
    asked("toLogicalZones", 3, 3),
    asked("toPhysicalZone", 3, 3),
    asked("toPhysicalZones", 3, 3),
    asked("newGuid", 0, 0),
    asked("utcNow", 0, 1),
];
