package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"slipway.invalid/cluster/internal/request"
)

// Load is what is asked, and how often.
type Load struct {
	Name string `json:"name"`
	// Rate is how many first requests are sent in a second.
	Rate     float64           `json:"rate"`
	Requests []request.Request `json:"requests"`
}

const (
	// A server that does not answer so long has failed.
	answerBound = 5 * time.Second
	// What has just begun may be refused until the node knows that it may ask.
	warmWithin = 30 * time.Second
	pause      = 200 * time.Millisecond
	// Promises are read back so many at a time, and all of them within a bound.
	readers    = 32
	readWithin = 60 * time.Second
)

// asker sends one load and remembers what came back.
type asker struct {
	load  Load
	fresh *http.Client
	kept  *http.Client
	count *counter
}

// run asks until it is told to finish, then reads back.
func run(folder string, loads []Load) (Report, error) {
	phases := newPhases(folder)
	askers := make([]*asker, len(loads))
	for i, load := range loads {
		askers[i] = &asker{load: load, fresh: newClient(true), kept: newClient(false), count: newCounter(len(load.Requests) > 1)}
		if err := askers[i].warm(time.Now().Add(warmWithin)); err != nil {
			return Report{}, err
		}
	}
	if err := phases.start(); err != nil {
		return Report{}, err
	}
	var asking sync.WaitGroup
	for _, each := range askers {
		asking.Go(func() { each.ask(phases) })
	}
	asking.Wait()
	report := Report{Phases: phases.lengths()}
	for _, each := range askers {
		each.readBack()
		report.Loads = append(report.Loads, each.count.report(each.load))
	}
	return report, nil
}

func newClient(isFresh bool) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DisableKeepAlives = isFresh
	return &http.Client{
		Timeout:   answerBound,
		Transport: transport,
		// A redirect is an answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// warm repeats the first request until it is answered as it must be, or the time is over; that counts for nothing.
func (a *asker) warm(deadline time.Time) error {
	for ; ; time.Sleep(pause) {
		asked, err := request.Ask(a.fresh, a.load.Requests[0], map[string]string{"number": "0"})
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %s before anything was changed: %w", a.load.Name, asked, err)
		}
	}
}

// ask sends first requests at the rate, whether or not earlier ones were answered, and waits for the last answers.
func (a *asker) ask(phases *phases) {
	ticker := time.NewTicker(time.Duration(float64(time.Second) / a.load.Rate))
	defer ticker.Stop()
	var open sync.WaitGroup
	defer open.Wait()
	for number := 1; ; number++ {
		select {
		case <-phases.finished:
			return
		case <-ticker.C:
		}
		client := a.fresh
		if number%2 == 0 {
			client = a.kept
		}
		moment := phases.now()
		open.Go(func() {
			kept := map[string]string{"number": fmt.Sprint(number)}
			began := time.Now()
			asked, err := request.Ask(client, a.load.Requests[0], kept)
			a.count.add(moment, asked, err, time.Since(began), kept)
		})
	}
}

// readBack looks whether every promise was kept.
func (a *asker) readBack() {
	deadline := time.Now().Add(readWithin)
	promises := make(chan promise)
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for each := range promises {
				if asked, err := a.follow(each.kept, deadline); err != nil {
					a.count.lose(each, asked, err)
				}
			}
		})
	}
	for _, each := range a.count.promises {
		promises <- each
	}
	close(promises)
	reading.Wait()
}

// follow makes the further requests, each until its answer is right or its time is over.
func (a *asker) follow(kept map[string]string, latest time.Time) (string, error) {
	for _, next := range a.load.Requests[1:] {
		deadline := time.Now().Add(time.Duration(next.Within) * time.Second)
		if latest.Before(deadline) {
			deadline = latest
		}
		for {
			asked, err := request.Ask(a.kept, next, kept)
			if err == nil {
				break
			}
			if time.Now().Add(pause).After(deadline) {
				return asked, err
			}
			time.Sleep(pause)
		}
	}
	return "", nil
}
