package main

import (
	"errors"
	"sync"
)

// concurrency is how many requests are under way at a time.
const concurrency = 8

// each works on all items side by side and gives every failure.
func each[Item any](items []Item, work func(Item) error) error {
	failures := make([]error, len(items))
	places := make(chan struct{}, concurrency)
	var group sync.WaitGroup
	for index, item := range items {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			failures[index] = work(item)
		})
	}
	group.Wait()
	return errors.Join(failures...)
}
