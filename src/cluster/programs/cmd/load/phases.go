package main

import (
	"sync"
	"time"
)

// phases follows which phase is wanted.
type phases struct {
	folder   string
	finished chan struct{}

	mutex   sync.Mutex
	current string
	began   time.Time
	passed  []Length
}

// firstPhase is the one before any was wanted.
const firstPhase = "before"

func newPhases(folder string) *phases {
	return &phases{folder: folder, finished: make(chan struct{})}
}

// start begins to follow, and says that it does.
func (p *phases) start() error {
	p.current, p.began = firstPhase, time.Now()
	if err := write(p.folder, seenFile, firstPhase); err != nil {
		return err
	}
	go p.follow()
	return nil
}

func (p *phases) follow() {
	for ; ; time.Sleep(glance) {
		wanted := read(p.folder, wantedFile)
		if wanted == "" || wanted == p.current {
			continue
		}
		p.change(wanted)
		// What is not confirmed is missed by the one who waits for it, who has a bound.
		_ = write(p.folder, seenFile, wanted)
		if wanted == finished {
			close(p.finished)
			return
		}
	}
}

func (p *phases) change(wanted string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.passed = append(p.passed, Length{p.current, time.Since(p.began).Seconds()})
	p.current, p.began = wanted, time.Now()
}

// now is the moment of a request that is sent now.
func (p *phases) now() moment {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	at := time.Now()
	return moment{p.current, at.Sub(p.began).Seconds(), at}
}

// lengths are those of all phases that are over.
func (p *phases) lengths() []Length {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.passed
}
