package scenario_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

func killCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"hold":      holdTool,
		"kill-tool": killTool,
		"held":      waitForTool,
	}
}

// holdPoint is where the tool waits for an answer that does not come.
type holdPoint struct {
	once            sync.Once
	reached, goneOn chan struct{}
}

// stop says that the tool is there, and returns when it may go on.
func (h *holdPoint) stop() {
	h.once.Do(func() { close(h.reached) })
	<-h.goneOn
}

// holdTool makes Odoo or the mail server wait with an answer.
func holdTool(s *script, args []string) {
	const usage = "write: hold call MODEL METHOD [skip=N] [after-work], or hold mail STEP [skip=N] [stored]"
	require.GreaterOrEqual(s, len(args), 2, usage)
	h := &holdPoint{reached: make(chan struct{}), goneOn: make(chan struct{})}
	s.held = h
	s.ts.Defer(sync.OnceFunc(func() { s.letGo(h) }))
	switch args[0] {
	case "call":
		require.GreaterOrEqual(s, len(args), 3, usage)
		require.NotNil(s, s.proxy, "no proxy")
		o := s.options(args[3:], "skip", "after-work")
		s.proxy.inject(proxyFault{
			call: args[1] + " " + args[2], skip: s.number(o["skip"], 0), times: 1,
			does: func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
				if o["after-work"] != "" {
					work()
				}
				h.stop()
				hangUp(w, r, work)
			},
		})
	case "mail":
		o := s.options(args[2:], "skip", "stored")
		s.mailbox.Inject(sandboxsmtp.Fault{
			Step: sandboxsmtp.Step(args[1]), Skip: s.number(o["skip"], 0), Times: 1, Meanwhile: h.stop, Cut: true, Stored: o["stored"] != "",
		})
	default:
		s.ts.Fatalf("%s", usage)
	}
}

// letGo ends a hold, which may be over.
func (s *script) letGo(h *holdPoint) {
	if s.held == h {
		s.held = nil
		close(h.goneOn)
	}
}

// reachWithin is how long the tool may take to where it is held: with a replica that is behind, it waits.
const reachWithin = 3 * time.Minute

// killTool kills the tool, which was started in the background, where it is
// held.
func killTool(s *script, args []string) {
	s.arguments(args)
	require.NotNil(s, s.held, "hold comes first")
	running := s.ts.BackgroundCmds()
	require.Len(s, running, 1, "programs in the background")
	waitForTool(s, nil)
	require.NoError(s, running[0].Process.Kill())
	s.letGo(s.held)
}

// waitForTool waits until the tool is where it is held.
func waitForTool(s *script, args []string) {
	s.arguments(args)
	require.NotNil(s, s.held, "hold comes first")
	select {
	case <-s.held.reached:
	case <-time.After(reachWithin):
		s.ts.Fatalf("the tool did not come there within %s", reachWithin)
	}
}
