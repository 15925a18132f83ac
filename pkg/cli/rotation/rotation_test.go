package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// errDied is where a process dies: whatever it would do after that fails.
var errDied = errors.New("the process died")

// world is an Odoo with the keys of a user, and a host with its files. The process dies at
// a step, before the work of it or after.
type world struct {
	works   []string // keys that Odoo takes
	made    int
	current string
	pending pair

	step, dieAt int
	afterWork   bool
	// refusesNew says that Odoo does not take keys that it makes.
	refusesNew bool
	busy       error
}

// does makes a step, unless the process dies.
func (w *world) does(work func() error) error {
	w.step++
	switch {
	case w.dieAt > 0 && w.step > w.dieAt, w.step == w.dieAt && !w.afterWork:
		return errDied
	case w.step == w.dieAt:
		_ = work() // Nobody learns how it ended.
		return errDied
	}
	return work()
}

func (w *world) Generate(_ context.Context, by string) (key string, err error) {
	err = w.does(func() error {
		if !slices.Contains(w.works, by) {
			return errors.New("refused")
		}
		w.made++
		key = fmt.Sprintf("new%d", w.made)
		if !w.refusesNew {
			w.works = append(w.works, key)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return key, nil
}

func (w *world) Works(_ context.Context, key string) (bool, error) {
	err := w.does(func() error { return nil })
	return err == nil && slices.Contains(w.works, key), err
}

func (w *world) Revoke(_ context.Context, by, key string) error {
	return w.does(func() error {
		if !slices.Contains(w.works, by) {
			return errors.New("refused")
		}
		w.works = slices.DeleteFunc(w.works, func(k string) bool { return k == key })
		return nil
	})
}

func (w *world) Current() (string, error) { return w.current, w.does(func() error { return nil }) }

func (w *world) Replace(key string) error {
	return w.does(func() error { w.current = key; return nil })
}

func (w *world) Pending() (pair, error) { return w.pending, w.does(func() error { return nil }) }

func (w *world) SavePending(p pair) error { return w.does(func() error { w.pending = p; return nil }) }

func (w *world) DropPending() error { return w.does(func() error { w.pending = pair{}; return nil }) }

func (w *world) rotate() (bool, error) {
	r := rotation{keys: w, place: w, quiet: func(context.Context) error { return w.busy }}
	return r.run(context.Background())
}

func TestARotationPutsANewKeyInPlace(t *testing.T) {
	t.Parallel()
	w := &world{works: []string{"old", "theirs"}, current: "old"}
	resumed, err := w.rotate()
	require.NoError(t, err)
	assert.False(t, resumed)
	assert.Equal(t, []string{"theirs", "new1"}, w.works, "what others use is left alone")
	assert.Equal(t, "new1", w.current)
	assert.Zero(t, w.pending)
}

// TestADeathAtAnyStepLeavesAKeyThatWorks kills a rotation at each of its steps, before and
// after its work, and the one after it at each of its own.
func TestADeathAtAnyStepLeavesAKeyThatWorks(t *testing.T) {
	t.Parallel()
	deaths := 0
	for first := 1; ; first++ {
		w := &world{works: []string{"old"}, current: "old", dieAt: first}
		if _, err := w.rotate(); err == nil {
			break
		}
		for _, afterWork := range []bool{false, true} {
			for second := 1; ; second++ {
				w := &world{works: []string{"old"}, current: "old", dieAt: first, afterWork: afterWork}
				_, err := w.rotate()
				require.ErrorIs(t, err, errDied)
				w.isSound(t, 1)
				w.step, w.dieAt = 0, second
				_, err = w.rotate()
				w.isSound(t, 2)
				if ended := err == nil; ended {
					break
				}
				deaths++
				w.step, w.dieAt = 0, 0
				_, err = w.rotate()
				require.NoError(t, err)
				w.isSound(t, 2)
				assert.Zero(t, w.pending)
				assert.NotContains(t, w.works, "old", "in the end it is revoked")
			}
		}
	}
	assert.Greater(t, deaths, 100)
}

// isSound holds that the key in place works, and that each other one is known but for those
// whose making nobody heard of.
func (w *world) isSound(t *testing.T, deaths int) {
	t.Helper()
	require.Contains(t, w.works, w.current, "died at step %d, after work: %t", w.dieAt, w.afterWork)
	known := []string{w.current, w.pending.old, w.pending.new}
	lost := 0
	for _, key := range w.works {
		if !slices.Contains(known, key) {
			lost++
		}
	}
	assert.LessOrEqual(t, lost, deaths)
	assert.LessOrEqual(t, len(w.works)-1, deaths, "at most one key too many for each death")
}

func TestAKeyThatSomebodyStoredMeanwhileCounts(t *testing.T) {
	t.Parallel()
	w := &world{works: []string{"old", "new", "by hand"}, current: "by hand", pending: pair{"old", "new"}}
	resumed, err := w.rotate()
	require.NoError(t, err)
	assert.False(t, resumed)
	assert.Equal(t, []string{"old", "new", "new1"}, w.works, "nobody knows who uses the others")
	assert.Equal(t, "new1", w.current)
}

func TestARunUnderWayKeepsTheOldKeyAlive(t *testing.T) {
	t.Parallel()
	w := &world{works: []string{"old"}, current: "old", busy: errors.New("a run is under way")}
	_, err := w.rotate()
	require.EqualError(t, err, "the new API key is in place, but the old one is not revoked yet: a run is under way")
	assert.Equal(t, []string{"old", "new1"}, w.works)
	assert.Equal(t, "new1", w.current)
	w.busy = nil
	resumed, err := w.rotate()
	require.NoError(t, err)
	assert.True(t, resumed)
	assert.Equal(t, []string{"new1"}, w.works)
}

func TestAKeyThatDoesNotWorkIsNeverPutInPlace(t *testing.T) {
	t.Parallel()
	w := &world{works: []string{"old"}, current: "old", refusesNew: true}
	_, err := w.rotate()
	require.ErrorIs(t, err, errKeyRefused)
	assert.Equal(t, "old", w.current)
	assert.Equal(t, []string{"old"}, w.works)
	assert.Zero(t, w.pending)
}
