CREATE TABLE edges (
  source     text NOT NULL,
  relation   text NOT NULL,
  target     text NOT NULL,
  run_id     uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, relation, target)
);

CREATE INDEX edges_of_run ON edges (run_id);
