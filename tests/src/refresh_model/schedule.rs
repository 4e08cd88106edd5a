//! Schedules: the choices of a run, where 0 is always the choice without a fault.

use std::fmt;

/// The choices of a run. Unplanned choices are 0, or random.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Positions and choices that differ from 0, in order.
    planned: Vec<(usize, usize)>,
    random: Option<u64>,
    /// The number of options of each choice.
    options: Vec<usize>,
    deviations: Vec<(usize, usize, &'static str)>,
}

/// One of this number of random choices differs from 0.
const RARITY: u64 = 6;

impl Schedule {
    /// Creates a schedule of random choices from a seed.
    pub fn random(seed: u64) -> Self {
        Self { random: Some(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), ..Self::default() }
    }

    /// Chooses one of these options by its index.
    pub(super) fn choose<T: Copy>(&mut self, options: &[(T, &'static str)]) -> T {
        let at = self.options.len();
        self.options.push(options.len());
        let planned = self.planned.iter().find(|(position, _)| *position == at).copied();
        let chosen = match (planned, self.random) {
            (Some((_, chosen)), _) => chosen,
            (None, None) => 0,
            (None, Some(_)) if !self.next_random().is_multiple_of(RARITY) => 0,
            (None, Some(_)) => usize::try_from(self.next_random() % 64).unwrap() % options.len(),
        };
        let (option, name) = options[chosen % options.len()];
        if chosen != 0 {
            self.deviations.push((at, chosen, name));
        }
        option
    }

    /// Returns the number of choices so far.
    pub(super) fn taken(&self) -> usize {
        self.options.len()
    }

    /// Returns the schedules with one more deviation, after those of this one.
    pub(super) fn next(&self, limit: usize) -> Vec<Self> {
        if self.planned.len() >= limit {
            return Vec::new();
        }
        let first = self.planned.last().map_or(0, |(position, _)| position + 1);
        let later = self.options.iter().enumerate().skip(first);
        let deviations =
            later.flat_map(|(at, options)| (1..*options).map(move |chosen| (at, chosen)));
        deviations
            .map(|deviation| Self {
                planned: self.planned.iter().copied().chain([deviation]).collect(),
                ..Self::default()
            })
            .collect()
    }

    /// Returns the high bits of an xorshift generator.
    fn next_random(&mut self) -> u64 {
        let state = self.random.get_or_insert(1);
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state >> 11
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deviations:")?;
        self.deviations.iter().try_for_each(|(at, _, name)| write!(f, " {name} at {at};"))
    }
}
