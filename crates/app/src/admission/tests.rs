//! Tables and properties of the door.
