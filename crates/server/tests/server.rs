//! The whole program over HTTP, as it is used: one binary, a module for each subject, every story
//! on both databases.

#[path = "server/access.rs"]
mod access;
#[path = "server/bulk_edits.rs"]
mod bulk_edits;
#[path = "server/companies.rs"]
mod companies;
#[path = "server/exports.rs"]
mod exports;
#[path = "server/generated.rs"]
mod generated;
#[path = "server/identities.rs"]
mod identities;
#[path = "server/imports.rs"]
mod imports;
#[path = "server/journal.rs"]
mod journal;
#[path = "server/merging.rs"]
mod merging;
#[path = "server/noted.rs"]
mod noted;
#[path = "server/personal.rs"]
mod personal;
#[path = "server/powers.rs"]
mod powers;
#[path = "server/purchases.rs"]
mod purchases;
#[path = "server/scope.rs"]
mod scope;
#[path = "server/second_factor.rs"]
mod second_factor;
#[path = "server/segment_people.rs"]
mod segment_people;
#[path = "server/segment_views.rs"]
mod segment_views;
#[path = "server/segments.rs"]
mod segments;
#[path = "server/timeline.rs"]
mod timeline;
#[path = "server/two_programs.rs"]
mod two_programs;
