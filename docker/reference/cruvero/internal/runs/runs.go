// Package runs holds what the services say to each other: the run, its result and the events about it.
package runs

import (
	"errors"
	"time"
)

// State is how far a run has come.
type State string

// The states of a run, in order.
const (
	Queued    State = "queued"
	Completed State = "completed"
)

// ErrNotFound says that no run has the given identifier.
var ErrNotFound = errors.New("no such run")

// Run is one piece of work that a client asked for.
type Run struct {
	ID          string     `json:"id"`
	Client      string     `json:"client"`
	Input       string     `json:"input"`
	State       State      `json:"state"`
	Result      *Result    `json:"result,omitempty"`
	CreatedAt   time.Time  `json:"createdAt"`
	CompletedAt *time.Time `json:"completedAt,omitempty"`
}

// Result is what a worker makes of an input.
type Result struct {
	Characters int    `json:"characters"`
	Words      int    `json:"words"`
	SHA256     string `json:"sha256"`
}

// Edge is one relation in the graph of clients, runs and results.
type Edge struct {
	Source   string `json:"source"`
	Relation string `json:"relation"`
	Target   string `json:"target"`
}

// The subjects on which events travel.
const (
	SubjectRequested = "cruvero.run.requested"
	SubjectCompleted = "cruvero.run.completed"
)

// Requested is the event that a run waits for a worker.
type Requested struct {
	RunID  string `json:"runId"`
	Client string `json:"client"`
	Input  string `json:"input"`
}

// CompletedEvent is the event that a worker has finished a run.
type CompletedEvent struct {
	RunID  string `json:"runId"`
	Client string `json:"client"`
	Input  string `json:"input"`
	Result Result `json:"result"`
}
