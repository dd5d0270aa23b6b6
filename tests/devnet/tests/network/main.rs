//! The network in this process, seen from outside by a consumer of the fewest lines.

mod crash_points;
mod parts;
