package ledgertest

import "math/rand/v2"

// Simultaneously lets runs happen at the same time, one call after the other,
// in an order that random decides. A run calls before at each of its calls, as
// [Process.Before] does.
func Simultaneously(random *rand.Rand, runs ...func(before func(call string) error)) {
	type event struct {
		run   int
		ended bool
	}
	events := make(chan event)
	turns := make([]chan struct{}, len(runs))
	for i, run := range runs {
		turns[i] = make(chan struct{})
		go func() {
			run(func(string) error {
				events <- event{run: i}
				<-turns[i]
				return nil
			})
			events <- event{run: i, ended: true}
		}()
	}
	var waiting []int
	for running := len(runs); running > 0; {
		for len(waiting) < running {
			if e := <-events; e.ended {
				running--
			} else {
				waiting = append(waiting, e.run)
			}
		}
		if running == 0 {
			return
		}
		chosen := random.IntN(len(waiting))
		next := waiting[chosen]
		waiting = append(waiting[:chosen], waiting[chosen+1:]...)
		turns[next] <- struct{}{}
	}
}
