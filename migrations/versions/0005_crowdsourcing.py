"""Tables of the room crowdsourcing."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """CREATE TABLE designers (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    status VARCHAR(20) NOT NULL,
    introduction VARCHAR(2000) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT designers_pkey PRIMARY KEY (id),
    CONSTRAINT designers_once UNIQUE (organisation_id),
    CONSTRAINT designers_status CHECK (status in ('active', 'paused')),
    CONSTRAINT designers_tenant_key UNIQUE (organisation_id, id),
    CONSTRAINT designers_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id)
)""",
    """alter table designers enable row level security""",
    """alter table designers force row level security""",
    """create policy "own" on designers for all to public using (organisation_id = (select org())) with check (organisation_id = (select org()))""",
    """create policy "active" on designers for select to public using (status = 'active')""",
    """create policy "system" on designers for all to gongchuang_system using (true) with check (true)""",
    """create policy "owner" on designers for all to current_user using (true) with check (true)""",
    """CREATE TABLE organisation_skills (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    designer_id UUID NOT NULL,
    skill VARCHAR(40) NOT NULL,
    position INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT organisation_skills_pkey PRIMARY KEY (id),
    CONSTRAINT organisation_skills_designer FOREIGN KEY(organisation_id, designer_id) REFERENCES designers (organisation_id, id),
    CONSTRAINT organisation_skills_once UNIQUE (organisation_id, skill),
    CONSTRAINT organisation_skills_tenant_key UNIQUE (organisation_id, id),
    CONSTRAINT organisation_skills_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id)
)""",
    """CREATE INDEX organisation_skills_of_designer ON organisation_skills (designer_id, position)""",
    """alter table organisation_skills enable row level security""",
    """alter table organisation_skills force row level security""",
    """create policy "own" on organisation_skills for all to public using (organisation_id = (select org())) with check (organisation_id = (select org()))""",
    """create policy "active" on organisation_skills for select to public using (exists (select 1 from designers d where d.id = organisation_skills.designer_id))""",
    """create policy "system" on organisation_skills for all to gongchuang_system using (true) with check (true)""",
    """create policy "owner" on organisation_skills for all to current_user using (true) with check (true)""",
    """CREATE TABLE tasks (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    title VARCHAR(60) NOT NULL,
    brief VARCHAR(10000) NOT NULL,
    deliverables VARCHAR(2000) NOT NULL,
    budget_min_fen BIGINT,
    budget_max_fen BIGINT,
    skills VARCHAR(80)[] DEFAULT '{}' NOT NULL,
    delivery_on DATE,
    ip_terms VARCHAR(20),
    reach VARCHAR(20) NOT NULL,
    named VARCHAR(80)[] DEFAULT '{}' NOT NULL,
    sealed BOOLEAN NOT NULL,
    file_tier VARCHAR(20) NOT NULL,
    draft_key UUID NOT NULL,
    cloned_from UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_procedure FOREIGN KEY(organisation_id, id) REFERENCES procedures (organisation_id, id),
    CONSTRAINT tasks_draft_once UNIQUE (organisation_id, draft_key),
    CONSTRAINT tasks_ip_terms CHECK (ip_terms in ('publisher', 'designer', 'shared', 'staged')),
    CONSTRAINT tasks_reach CHECK (reach in ('public', 'park', 'named')),
    CONSTRAINT tasks_file_tier CHECK (file_tier in ('preview', 'nda', 'full')),
    CONSTRAINT tasks_budget CHECK (budget_min_fen > 0 and budget_min_fen <= budget_max_fen),
    CONSTRAINT tasks_tenant_key UNIQUE (organisation_id, id),
    CONSTRAINT tasks_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id)
)""",
    """alter table tasks enable row level security""",
    """alter table tasks force row level security""",
    """create policy "own" on tasks for all to public using (organisation_id = (select org())) with check (organisation_id = (select org()))""",
    """create policy "put_out" on tasks for select to public using (exists (select 1 from procedures p where p.id = tasks.id and p.status <> 'draft'))""",
    """create policy "system" on tasks for all to gongchuang_system using (true) with check (true)""",
    """create policy "owner" on tasks for all to current_user using (true) with check (true)""",
    """CREATE TABLE bids (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    task_id UUID NOT NULL,
    buyer_organisation_id UUID NOT NULL,
    number INTEGER NOT NULL,
    price_fen BIGINT NOT NULL,
    tax_bp INTEGER,
    days INTEGER NOT NULL,
    proposal VARCHAR(10000) NOT NULL,
    revision_id UUID,
    sealed BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    CONSTRAINT bids_pkey PRIMARY KEY (id),
    CONSTRAINT bids_submission FOREIGN KEY(organisation_id, id) REFERENCES submissions (organisation_id, id),
    CONSTRAINT bids_task FOREIGN KEY(buyer_organisation_id, task_id) REFERENCES tasks (organisation_id, id),
    CONSTRAINT bids_file FOREIGN KEY(organisation_id, revision_id) REFERENCES file_revisions (organisation_id, id),
    CONSTRAINT bids_price CHECK (price_fen > 0),
    CONSTRAINT bids_days CHECK (days between 1 and 730),
    CONSTRAINT bids_tax_bp CHECK (tax_bp in (1300, 900, 600, 300, 100, 0)),
    CONSTRAINT bids_tenant_key UNIQUE (organisation_id, id),
    CONSTRAINT bids_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT bids_buyer_organisation_id_fkey FOREIGN KEY(buyer_organisation_id) REFERENCES organisations (id)
)""",
    """CREATE INDEX bids_of_task ON bids (task_id, organisation_id)""",
    """alter table bids enable row level security""",
    """alter table bids force row level security""",
    """create policy "own" on bids for select to public using (organisation_id = (select org()))""",
    """create policy "answer" on bids for insert to public with check (organisation_id = (select org())
    and exists (select 1 from submissions s where s.id = bids.id and s.organisation_id = (select org()) and s.status = 'draft'
                and s.procedure_id = bids.task_id and s.buyer_organisation_id = bids.buyer_organisation_id)
    and exists (select 1 from tasks t where t.id = bids.task_id and t.sealed = bids.sealed))""",
    """create policy "publisher" on bids for select to public using (exists (select 1 from submissions s where s.id = bids.id and s.buyer_organisation_id = (select org()) and s.submitted_at is not null
                and s.status <> 'withdrawn')
    and (not sealed or exists (select 1 from procedures p where p.id = bids.task_id and p.closes_at <= now_())))""",
    """create policy "system" on bids for all to gongchuang_system using (true) with check (true)""",
    """create policy "owner" on bids for all to current_user using (true) with check (true)""",
    """CREATE TABLE task_files (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    task_id UUID NOT NULL,
    revision_id UUID NOT NULL,
    position INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT task_files_pkey PRIMARY KEY (id),
    CONSTRAINT task_files_task FOREIGN KEY(organisation_id, task_id) REFERENCES tasks (organisation_id, id),
    CONSTRAINT task_files_file FOREIGN KEY(organisation_id, revision_id) REFERENCES file_revisions (organisation_id, id),
    CONSTRAINT task_files_once UNIQUE (task_id, revision_id),
    CONSTRAINT task_files_tenant_key UNIQUE (organisation_id, id),
    CONSTRAINT task_files_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES organisations (id)
)""",
    """CREATE INDEX task_files_of_file ON task_files (revision_id)""",
    """alter table task_files enable row level security""",
    """alter table task_files force row level security""",
    """create policy "own" on task_files for all to public using (organisation_id = (select org())) with check (organisation_id = (select org()))""",
    """create policy "put_out" on task_files for select to public using (exists (select 1 from procedures p where p.id = task_files.task_id and p.status <> 'draft'))""",
    """create policy "system" on task_files for all to gongchuang_system using (true) with check (true)""",
    """create policy "owner" on task_files for all to current_user using (true) with check (true)""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
