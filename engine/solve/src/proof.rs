//! Why a fact holds: a derivation down to places in files.

use redan_base::Place;
use redan_facts::{RelationId, ValueId};

/// A fact: a row of a relation of the solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowRef {
    /// The relation.
    pub relation: RelationId,
    /// Its row.
    pub row: u32,
}

/// A node of a [`Proof`]: an index of [`Proof::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A shallowest derivation of a fact. A fact that is used twice is one node: the tree is a graph without
/// circles whose edges lead to higher numbers or to nodes that were made before by another path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The nodes; the first is what was asked for.
    pub nodes: Vec<Node>,
    /// Whether some node is [`Reason::Cut`].
    pub truncated: bool,
}

impl Proof {
    /// A node. The root is `NodeId(0)`.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// All places that the proof rests on, in the order of the proof, without duplicates.
    pub fn places(&self) -> Vec<Place> {
        let mut all = vec![];
        for node in &self.nodes {
            if let Reason::Given(places) = &node.reason {
                for place in places {
                    if !all.contains(place) {
                        all.push(*place);
                    }
                }
            }
        }
        all
    }
}

/// A fact in a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The fact.
    pub fact: RowRef,
    /// Its values.
    pub values: Vec<ValueId>,
    /// Why it holds.
    pub reason: Reason,
    /// Steps from the root, by the shortest way.
    pub depth: u32,
}

/// Why a fact of a proof holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It was extracted or stated, at these places.
    Given(Vec<Place>),
    /// Nobody stated or showed the attribute: an open question.
    Question(Question),
    /// By a rule.
    Derived {
        /// An index of the program's rules.
        rule: u32,
        /// Its origin: an index of the program's origins.
        origin: u32,
        /// One for each literal of the rule's body, in the order written.
        premises: Vec<Premise>,
    },
    /// The proof goes on, but was cut here because of its size.
    Cut,
}

/// One condition of a derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Premise {
    /// A fact.
    Fact(NodeId),
    /// There is no such row; `None` stands for anything.
    Absent(RelationId, Vec<Option<ValueId>>),
    /// A comparison that held, with both sides.
    Compared(ValueId, ValueId),
    /// A function, its arguments and the value that was used. Arguments that do not matter are `None`.
    Called(Vec<Option<ValueId>>, Option<ValueId>),
    /// An aggregate and its value.
    Counted(RelationId, Vec<Option<ValueId>>, Option<ValueId>),
}

/// An attribute that nobody stated and nothing showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// The relation whose role is `Unknown(kind, attribute)`.
    pub relation: RelationId,
    /// The entity whose attribute it is.
    pub entity: ValueId,
}

/// The questions of a fact that is only possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    /// What to answer: whatever the answers are, the fact is certain or gone afterwards, unless an answer itself brings in
    /// something that is unknown. None of them can be left out. Those nearest to the fact come first.
    pub questions: Vec<Question>,
    /// Whether the work was cut short: then some of them may not matter, or others may follow.
    pub bounded: bool,
}
