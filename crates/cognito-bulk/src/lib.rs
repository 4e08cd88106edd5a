#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod quota;

pub use quota::{
    Category, CategoryUsage, DEFAULT_RESERVE, LIMIT_IN_POOL, LIMIT_OF_USER, MAX_UTILIZATION, Quota,
    QuotaBuilder,
};
