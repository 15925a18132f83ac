package checks

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEachCheckComesAfterThoseItNeeds(t *testing.T) {
	t.Parallel()
	seen := map[Name]bool{}
	for _, c := range new(Subject).all() {
		assert.False(t, seen[c.name], c.name)
		for _, name := range c.after {
			assert.True(t, seen[name], "%s after %s", c.name, name)
		}
		seen[c.name] = true
	}
}

func TestACheckEndsAsItsErrorSays(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	for _, c := range []struct {
		err  error
		want Result
	}{
		{nil, Result{Status: OK, Message: "found"}},
		{bad, Result{Status: Failed, Message: "bad", Err: bad}},
		{caution{bad}, Result{Status: Warning, Message: "bad", Err: caution{bad}}},
		{skip("off"), Result{Status: Skipped, Message: "off"}},
	} {
		look := check{look: func(context.Context) (string, error) { return "found", c.err }}
		assert.Equal(t, c.want, look.result(t.Context(), nil))
	}
}

func TestACheckIsSkippedIfOneThatItNeedsFailed(t *testing.T) {
	t.Parallel()
	made := false
	c := check{name: "c", after: []Name{"a", "b"}, look: func(context.Context) (string, error) { made = true; return "", nil }}
	failed := Result{Name: "a", Status: Failed, Err: errors.New("bad")}
	skipped := Result{Name: "c", Status: Skipped, Message: "needs a", Err: errNeeded}
	assert.Equal(t, skipped, c.result(t.Context(), []Result{failed}))
	assert.Equal(t, Result{Name: "d", Status: Skipped, Message: "needs c", Err: errNeeded}, check{name: "d", after: []Name{"c"}}.result(t.Context(), []Result{skipped}))
	assert.False(t, made)
	assert.Equal(t, OK, c.result(t.Context(), []Result{{Name: "a", Status: Warning, Err: caution{errors.New("odd")}}, {Name: "b", Status: Skipped}}).Status)
	assert.EqualError(t, Err([]Result{failed, skipped, {Status: Warning, Err: errors.New("odd")}}), "bad")
}
