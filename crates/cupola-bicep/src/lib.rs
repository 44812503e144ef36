//! Bicep: compiled to an ARM template, with complaints that point at their place.
