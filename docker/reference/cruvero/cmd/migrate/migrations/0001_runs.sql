CREATE TABLE runs (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  client       text NOT NULL,
  input        text NOT NULL,
  state        text NOT NULL CHECK (state IN ('queued', 'completed')),
  result       jsonb,
  created_at   timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  CHECK ((state = 'completed') = (result IS NOT NULL AND completed_at IS NOT NULL))
);

CREATE INDEX runs_newest ON runs (created_at DESC, id DESC);

-- Events that wait to be published; a row goes when its event is stored in NATS.
CREATE TABLE outbox (
  sequence   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject    text NOT NULL,
  message_id text NOT NULL UNIQUE,
  payload    jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
