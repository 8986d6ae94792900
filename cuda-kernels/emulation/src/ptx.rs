//! What a PTX text declares.

/// An entry: its name, and the bytes of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) bytes: Vec<usize>,
}

pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for part in text.split(".entry ").skip(1) {
        let Some((name, rest)) = part.split_once('(') else { continue };
        let parameters = rest.split(')').next().unwrap_or_default();
        let bytes = parameters.split(',').filter(|x| x.contains(".param")).map(bytes_of).collect();
        entries.push(Entry { name: name.trim().to_owned(), bytes });
    }
    entries
}

/// `.param .u64 x` or `.param .align 8 .b8 x[136]`.
fn bytes_of(parameter: &str) -> usize {
    let scalar = parameter
        .split_whitespace()
        .filter_map(|word| word.strip_prefix(['.']))
        .find_map(|word| word.strip_prefix(['u', 's', 'f', 'b'])?.parse::<usize>().ok());
    let count = parameter.split_once('[').map_or(1, |(_, rest)| {
        rest.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(1)
    });
    scalar.unwrap_or(0) / 8 * count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted() {
        let text = ".visible .entry f(\n.param .u64 .ptr .align 1 f_0,\n.param .f32 f_1,\n.param .align 8 .b8 f_2[136]\n)\n{ }
            .visible .entry g()\n{ }";
        let found = entries(text);
        assert_eq!(found[0], Entry { name: "f".into(), bytes: vec![8, 4, 136] });
        assert_eq!(found[1], Entry { name: "g".into(), bytes: vec![] });
    }
}
