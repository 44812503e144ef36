//! Every JSON shape that Cupola speaks.
