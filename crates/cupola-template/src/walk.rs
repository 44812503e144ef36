//! Walking a graph: an order in which everything comes after what it depends on, and the circles that forbid one.

/// What a walk finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Each node once, after those that its edges lead to, as far as there is no circle.
    pub(crate) order: Vec<usize>,
    /// The circles that were closed, each with its nodes along the edges.
    pub(crate) circles: Vec<Vec<usize>>,
}

/// Walks along the edges from each node in turn. A loop, not a recursion: chains may be as long as they like.
pub(crate) fn walk(edges: &[Vec<usize>]) -> Walk {
    let mut found = Walk::default();
    let mut colors = vec![Color::White; edges.len()];
    for start in 0..edges.len() {
        if colors[start] != Color::White {
            continue;
        }
        // The way from the start: each node and the next of its edges to take.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        colors[start] = Color::Grey;
        while let Some((at, next)) = way.last_mut() {
            let (from, target) = (*at, edges[*at].get(*next).copied());
            *next += 1;
            match target {
                None => {
                    colors[from] = Color::Black;
                    found.order.push(from);
                    way.pop();
                }
                Some(target) => match colors[target] {
                    Color::White => {
                        colors[target] = Color::Grey;
                        way.push((target, 0));
                    }
                    Color::Grey => {
                        let circle = way.iter().map(|(at, _)| *at).skip_while(|at| *at != target);
                        found.circles.push(circle.collect());
                    }
                    Color::Black => {}
                },
            }
        }
    }
    found
}

/// Not seen, on the way, done.
#[derive(Clone, Copy, PartialEq)]
enum Color {
    White,
    Grey,
    Black,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[&[usize]], order: &[usize], circles: &[&[usize]]) {
        let edges: Vec<Vec<usize>> = edges.iter().map(|edges| edges.to_vec()).collect();
        let found = walk(&edges);
        assert_eq!(found.order, order, "{edges:?}");
        assert_eq!(found.circles, circles, "{edges:?}");
    }

    #[test]
    fn what_is_depended_on_comes_first() {
        check(&[], &[], &[]);
        check(&[&[1], &[2], &[]], &[2, 1, 0], &[]);
        // A diamond is no circle.
        check(&[&[1, 2], &[3], &[3], &[]], &[3, 1, 2, 0], &[]);
    }

    #[test]
    fn circles_are_found_with_their_nodes() {
        check(&[&[0]], &[0], &[&[0]]);
        check(&[&[1], &[2], &[1]], &[2, 1, 0], &[&[1, 2]]);
    }

    #[test]
    fn long_chains_do_not_eat_the_stack() {
        let edges: Vec<Vec<usize>> = (0..200_000)
            .map(|at| {
                if at + 1 < 200_000 {
                    vec![at + 1]
                } else {
                    Vec::new()
                }
            })
            .collect();
        assert_eq!(walk(&edges).order.len(), 200_000);
    }
}
