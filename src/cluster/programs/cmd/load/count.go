package main

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Report is all that was found.
type Report struct {
	Phases []Length     `json:"phases"`
	Loads  []LoadReport `json:"loads"`
}

// Length is how long a phase was.
type Length struct {
	Phase   string  `json:"phase"`
	Seconds float64 `json:"seconds"`
}

// LoadReport is what one load found, in each phase in which it asked.
type LoadReport struct {
	Name string `json:"name"`
	// Rate is how many requests were to be sent in a second; a busy machine sends fewer.
	Rate     float64       `json:"rate"`
	Phases   []PhaseReport `json:"phases"`
	Promised int           `json:"promised"`
	Lost     int           `json:"lost"`
	// FirstLost are the first promises that were not kept.
	FirstLost []Event `json:"firstLost"`
}

// PhaseReport counts the requests that were sent in one phase.
type PhaseReport struct {
	Phase  string `json:"phase"`
	Sent   int    `json:"sent"`
	OK     int    `json:"ok"`
	Failed int    `json:"failed"`
	Lost   int    `json:"lost"`
	// Latencies of what was answered as it must be, in milliseconds.
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	// FirstFailed are the first requests that failed.
	FirstFailed []Event `json:"firstFailed"`
}

// Event is one request that was not answered as it must be.
type Event struct {
	// Phase in which it was sent, and how far into it, in seconds.
	Phase  string  `json:"phase"`
	Second float64 `json:"second"`
	// At is when it was sent.
	At      time.Time `json:"at"`
	Request string    `json:"request"`
	Reason  string    `json:"reason"`
}

// moment is when a request was sent.
type moment struct {
	phase  string
	second float64
	at     time.Time
}

// promise is what a first request was told, for it to be read back.
type promise struct {
	moment moment
	kept   map[string]string
}

// Of what failed, so much is told.
const told = 3

type phaseCount struct {
	report    PhaseReport
	latencies []time.Duration
}

// counter counts what one load found.
type counter struct {
	isReadBack bool

	mutex    sync.Mutex
	phases   []*phaseCount
	promises []promise
	lost     int
	first    []Event
}

// newCounter counts; where answers are read back, it remembers them.
func newCounter(isReadBack bool) *counter {
	return &counter{isReadBack: isReadBack, first: []Event{}}
}

func (c *counter) add(when moment, asked string, err error, took time.Duration, kept map[string]string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	phase := c.phase(when.phase)
	phase.report.Sent++
	if err == nil {
		phase.report.OK++
		phase.latencies = append(phase.latencies, took)
		if c.isReadBack {
			c.promises = append(c.promises, promise{when, kept})
		}
		return
	}
	phase.report.Failed++
	phase.report.FirstFailed = tell(phase.report.FirstFailed, when, asked, err)
}

func (c *counter) lose(each promise, asked string, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.lost++
	c.phase(each.moment.phase).report.Lost++
	c.first = tell(c.first, each.moment, asked, err)
}

func (c *counter) report(load Load) LoadReport {
	report := LoadReport{Name: load.Name, Rate: load.Rate, Phases: []PhaseReport{}, Promised: len(c.promises), Lost: c.lost, FirstLost: c.first}
	for _, phase := range c.phases {
		slices.Sort(phase.latencies)
		phase.report.P50 = percentile(phase.latencies, 0.50)
		phase.report.P95 = percentile(phase.latencies, 0.95)
		phase.report.P99 = percentile(phase.latencies, 0.99)
		report.Phases = append(report.Phases, phase.report)
	}
	return report
}

func (c *counter) phase(name string) *phaseCount {
	for _, phase := range c.phases {
		if phase.report.Phase == name {
			return phase
		}
	}
	phase := &phaseCount{report: PhaseReport{Phase: name, FirstFailed: []Event{}}}
	c.phases = append(c.phases, phase)
	return phase
}

// tell keeps the earliest events; answers come in another order than requests were sent.
func tell(events []Event, when moment, asked string, err error) []Event {
	events = append(events, Event{when.phase, when.second, when.at, asked, err.Error()})
	slices.SortStableFunc(events, func(one, other Event) int { return one.At.Compare(other.At) })
	return events[:min(told, len(events))]
}

// percentile gives the smallest latency that a share of all does not exceed, in milliseconds; 0 where there is none.
func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	place := int(math.Ceil(share*float64(len(sorted)))) - 1
	return float64(sorted[max(0, place)].Microseconds()) / 1000
}
