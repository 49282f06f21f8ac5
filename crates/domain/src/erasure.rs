//! The erasure of a person: one operator asks for it, another approves it, then everything that names the person goes.

use uuid::Uuid;

use crate::command::{ApproveErasure, CompleteErasure, RequestErasure};
use crate::decision::Decision;
use crate::event::{ErasureRequested, PersonErased};
use crate::refusal::{Existing, Permission};
use crate::{Actor, Event, Refusal, Role};

/// Order № 179 of Roskomnadzor of 28.10.2022, which says how the destruction of personal data is confirmed.
const ORDER: &str = "rkn-179-2022";

/// Where an erasure stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Erasure {
    /// Nobody asked for it.
    #[default]
    Unknown,
    /// Somebody asked for it. Whether it was approved, the person's own history says.
    Requested {
        /// What was asked for.
        request: ErasureRequested,
        /// By whom.
        requested_by: String,
    },
    /// Nothing names the person any more.
    Completed,
}

impl Erasure {
    /// Asks for it. `erased`: whether the person was erased before: nothing is left to erase, and nothing would ever end
    /// the wait for an approval.
    pub fn request(
        &self,
        erased: bool,
        actor: &Actor,
        command: &RequestErasure,
    ) -> Result<Decision, Refusal> {
        operates(actor)?;
        match self {
            Self::Unknown if !erased => Ok(Decision::of(command.requested.clone().into())),
            Self::Unknown | Self::Requested { .. } | Self::Completed => {
                Err(Refusal::AlreadyExists { what: Existing::Erasure(command.requested.erasure_id) })
            }
        }
    }

    /// Approves it. `erased`: whether the person was erased before, by this or by another erasure.
    pub fn approve(
        &self,
        erased: bool,
        actor: &Actor,
        command: &ApproveErasure,
    ) -> Result<Decision, Refusal> {
        operates(actor)?;
        let id = command.erasure_id;
        let (request, requested_by) = match self {
            Self::Unknown => return Err(Refusal::UnknownErasure { id }),
            Self::Completed => return Err(Refusal::AlreadyExists { what: Existing::Erasure(id) }),
            Self::Requested { request, requested_by } => (request, requested_by),
        };
        if *requested_by == actor.name {
            return Err(Refusal::OwnErasure);
        }
        if erased {
            return Err(Refusal::AlreadyExists { what: Existing::Erasure(id) });
        }
        let ErasureRequested { erasure_id, person, municipality, basis } = request.clone();
        Ok(Decision::of(
            PersonErased {
                erasure_id,
                person,
                municipality,
                basis,
                order: ORDER.to_owned(),
                digests_root: command.digests_root.clone(),
                count: command.count,
                requested_by: requested_by.clone(),
                approved_by: actor.name.clone(),
            }
            .into(),
        ))
    }

    /// Records that it is complete. `erased`: whether it was approved.
    pub fn complete(
        &self,
        erased: bool,
        actor: &Actor,
        command: &CompleteErasure,
    ) -> Result<Decision, Refusal> {
        if !actor.is(Role::Service) {
            return Err(Refusal::NotPermitted { needs: Permission::Service });
        }
        let id = command.completed.erasure_id;
        match self {
            Self::Requested { .. } if erased => Ok(Decision::of(command.completed.clone().into())),
            Self::Unknown | Self::Requested { .. } => Err(Refusal::UnknownErasure { id }),
            Self::Completed => Err(Refusal::AlreadyExists { what: Existing::Erasure(id) }),
        }
    }

    /// Whom it is about, until it is complete.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match self {
            Self::Requested { request, .. } => Some(request.person),
            Self::Unknown | Self::Completed => None,
        }
    }

    /// The state after an event of its own. `None`: that cannot have happened.
    #[must_use]
    pub fn evolve(self, event: &Event, actor: &str) -> Option<Self> {
        match (self, event) {
            (Self::Unknown, Event::ErasureRequested(request)) => {
                Some(Self::Requested { request: request.clone(), requested_by: actor.to_owned() })
            }
            (Self::Requested { .. }, Event::ErasureCompleted(_)) => Some(Self::Completed),
            _impossible => None,
        }
    }
}

fn operates(actor: &Actor) -> Result<(), Refusal> {
    if actor.is(Role::Operator) { Ok(()) } else { Err(Refusal::NotPermitted { needs: Permission::Operator }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ErasureCompleted;

    const ID: Uuid = Uuid::from_u128(1);

    fn operator(name: &str) -> Actor {
        Actor { name: name.into(), roles: vec![Role::Operator] }
    }

    fn request() -> RequestErasure {
        RequestErasure {
            requested: ErasureRequested {
                erasure_id: ID,
                person: Uuid::from_u128(2),
                municipality: "66701000".parse().unwrap(),
                basis: "отзыв согласия от 1 июня 2021 года".into(),
            },
        }
    }

    fn approve() -> ApproveErasure {
        ApproveErasure { erasure_id: ID, digests_root: "ab".repeat(32), count: 2 }
    }

    fn complete() -> CompleteErasure {
        CompleteErasure { completed: ErasureCompleted { erasure_id: ID, documents: vec![] } }
    }

    fn requested() -> Erasure {
        Erasure::default().evolve(&request().requested.into(), "first").unwrap()
    }

    fn completed() -> Erasure {
        requested().evolve(&complete().completed.into(), "svod").unwrap()
    }

    #[test]
    fn one_operator_asks_and_another_approves() {
        assert!(Erasure::default().request(false, &operator("first"), &request()).is_ok());
        let decided = requested().approve(false, &operator("second"), &approve()).unwrap();
        let [Event::PersonErased(erased)] = decided.events.as_slice() else { panic!("{decided:?}") };
        assert_eq!((erased.requested_by.as_str(), erased.approved_by.as_str()), ("first", "second"));
        assert_eq!((erased.person, &erased.basis), (request().requested.person, &request().requested.basis));
        assert_eq!(requested().approve(false, &operator("first"), &approve()), Err(Refusal::OwnErasure));
    }

    #[test]
    fn nobody_but_operators_erases() {
        let needs = Err(Refusal::NotPermitted { needs: Permission::Operator });
        let municipality = Role::Municipality("66701000".parse().unwrap());
        for role in [Role::Reviewer, Role::Auditor, Role::Service, municipality] {
            let actor = Actor { name: "x".into(), roles: vec![role] };
            assert_eq!(Erasure::default().request(false, &actor, &request()), needs, "{role}");
            assert_eq!(requested().approve(false, &actor, &approve()), needs, "{role}");
        }
        let needs = Err(Refusal::NotPermitted { needs: Permission::Service });
        assert_eq!(requested().complete(true, &operator("x"), &complete()), needs);
    }

    #[test]
    fn an_erasure_goes_one_way_and_ends() {
        let exists = || Err(Refusal::AlreadyExists { what: Existing::Erasure(ID) });
        let unknown = || Err(Refusal::UnknownErasure { id: ID });
        let (first, second, svod) = (operator("first"), operator("second"), Actor::service());
        for (state, erased, asked, approved, ended) in [
            (Erasure::Unknown, false, None, Some(unknown()), Some(unknown())),
            (Erasure::Unknown, true, Some(exists()), Some(unknown()), Some(unknown())),
            (requested(), false, Some(exists()), None, Some(unknown())),
            (requested(), true, Some(exists()), Some(exists()), None),
            (completed(), true, Some(exists()), Some(exists()), Some(exists())),
        ] {
            let refusal = |answer: Result<Decision, Refusal>| answer.is_err().then_some(answer);
            assert_eq!(refusal(state.request(erased, &first, &request())), asked, "{state:?}");
            assert_eq!(refusal(state.approve(erased, &second, &approve())), approved, "{state:?}");
            assert_eq!(refusal(state.complete(erased, &svod, &complete())), ended, "{state:?}");
        }
    }

    #[test]
    fn an_impossible_history_is_told() {
        let asked: Event = request().requested.into();
        let ended: Event = complete().completed.into();
        assert_eq!(Erasure::default().evolve(&ended, "svod"), None);
        assert_eq!(requested().evolve(&asked, "first"), None);
        assert_eq!(completed().evolve(&ended, "svod"), None);
        assert_eq!((requested().person(), completed().person()), (Some(Uuid::from_u128(2)), None));
    }
}
