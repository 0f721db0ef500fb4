"""Deadline, audience, invitations, submissions and award: what is the same whether an order or a task is put out.

Owns: procedures, submissions, awards. Publishes: ProcedureClosed. Builds on: the ground, and what moderation registers.
Used by: marketplace orders and quotes, crowdsourcing tasks and bids. An order's id is its procedure's id, a quote's id its submission's, so that
policies of the object's tables need only ask whether the reader sees the procedure or the submission:

    Policy("put_out", "select", using="exists (select 1 from procedures p where p.id = orders.id)")
    Policy("buyer", "select", using="exists (select 1 from submissions s where s.id = quotes.id and s.buyer_organisation_id = org())")

Submissions and procedures never look into the object's tables, so policies look down only and cannot go in circles.
"""

from gongchuang.manifest import Feature

from . import checks, models, tasks

feature = Feature(name="procedures", crons=[tasks.close_due], checks=[checks.procedures_hold])

__all__ = ["feature", "models"]
