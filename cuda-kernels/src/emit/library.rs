//! The functions of the compiled module of values, one by one, for kernels that need a few of them.
//!
//! A kernel that is written at run time carries what it calls, in one module: so the driver needs no linker, and
//! short functions can stand in the place of their call.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::modules::VALUES;

/// A function, or an array of constants.
pub(crate) struct Item {
    name: String,
    /// The definition, visible within its module only.
    pub(crate) text: String,
    /// The items that it needs.
    uses: Vec<usize>,
}

pub(crate) struct Library {
    /// The first lines: version of the language, least device.
    pub(crate) head: String,
    items: Vec<Item>,
    places: HashMap<String, usize>,
}

impl Library {
    /// That of the committed module.
    pub(crate) fn values() -> &'static Self {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| Self::of(VALUES.ptx))
    }

    fn of(ptx: &str) -> Self {
        let lines = || ptx.lines().filter(|line| !line.trim_start().starts_with("//"));
        let is_head = |line: &&str| {
            [".version", ".target", ".address_size"].iter().any(|word| line.starts_with(word))
        };
        let head: String = lines().filter(is_head).flat_map(|line| [line, "\n"]).collect();

        let mut items: Vec<Item> = Vec::new();
        let mut rest = lines().filter(|line| !is_head(line) && !line.trim().is_empty()).peekable();
        while let Some(first) = rest.next() {
            let mut text = format!("{}\n", without_linkage(first));
            // A declaration or an array ends with a semicolon, a definition with a brace of its own.
            let is_data = first.trim_end().ends_with(';');
            if !is_data {
                for line in rest.by_ref() {
                    text += line;
                    text.push('\n');
                    if line == "}" || line == ";" {
                        break;
                    }
                }
                if text.ends_with("\n;\n") {
                    continue;
                }
            }
            items.push(Item { name: defined_name(&text).into(), text, uses: Vec::new() });
        }

        let places: HashMap<String, usize> =
            items.iter().enumerate().map(|(k, item)| (item.name.clone(), k)).collect();
        for (k, item) in items.iter_mut().enumerate() {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
            let words = item.text.split(|c| !is_part(c));
            let mut uses: Vec<usize> = words
                .filter_map(|word| places.get(word).copied())
                .filter(|&used| used != k)
                .collect();
            uses.sort_unstable();
            uses.dedup();
            item.uses = uses;
        }
        Self { head, items, places }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Item> {
        self.places.get(name).map(|&place| &self.items[place])
    }

    /// The definitions that `names` need, themselves last: what is called comes before its callers.
    pub(crate) fn definitions(&self, names: &[String]) -> Vec<&Item> {
        let mut order: Vec<usize> = Vec::new();
        let mut open: Vec<(usize, usize)> = Vec::new();
        for name in names {
            open.push((self.places[name], 0));
            while let Some((item, used)) = open.pop() {
                if order.contains(&item) {
                    continue;
                }
                match self.items[item].uses.get(used) {
                    Some(&next) => open.extend([(item, used + 1), (next, 0)]),
                    None => order.push(item),
                }
            }
        }
        order.into_iter().map(|item| &self.items[item]).collect()
    }
}

impl Item {
    pub(crate) fn is_self_contained(&self) -> bool {
        self.uses.is_empty()
    }

    /// What stands between the braces of a function.
    pub(crate) fn body(&self) -> &str {
        let start = self.text.find("\n{\n").map_or(0, |at| at + 3);
        &self.text[start..self.text.rfind("\n}").map_or(start, |at| at + 1)]
    }
}

fn without_linkage(line: &str) -> &str {
    let line = line.strip_prefix(".visible ").unwrap_or(line);
    line.strip_prefix(".weak ").unwrap_or(line)
}

/// The name that a definition introduces: of `.func (result) name(…` and of `.global .align 8 .b8 name[…`.
fn defined_name(text: &str) -> &str {
    let after_result = match text.strip_prefix(".func") {
        Some(rest) if rest.trim_start().starts_with('(') => {
            rest.split_once(')').expect("a closed list of results").1
        }
        Some(rest) => rest,
        None => {
            let head = text.split(['[', '=', ';']).next().expect("a first part");
            return head.split_whitespace().next_back().expect("a name");
        }
    };
    after_result.trim_start().split(['(', '\n', ' ']).next().expect("a name")
}
