package checks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/monitor"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// settings checks this host's settings, and takes them over.
func (s *Subject) settings(context.Context) (string, error) {
	if err := s.configure(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d settings are valid", len(config.Keys())), warnings(s.Settings)
}

func (s *Subject) configure() (err error) {
	s.Config, err = s.Settings.Config(config.NeedOdoo | config.NeedMail | config.NeedMonitor)
	return err
}

// warnings returns what works and should be changed, without what was said before.
func warnings(settings *config.Settings, said ...config.Problem) error {
	var all []error
	for _, w := range settings.Warnings() {
		if !slices.Contains(said, w) {
			all = append(all, w)
		}
	}
	if all == nil {
		return nil
	}
	return caution{errors.Join(all...)}
}

func (s *Subject) templates(context.Context) (string, error) {
	return "templates, questionnaires and texts are right", catalog.Folder(s.Config.Templates.Dir).Check()
}

func (s *Subject) stateDir(context.Context) (string, error) {
	if s.Config.StateDir == "" {
		return "", noStateDir
	}
	dir := s.Config.StateDir
	if err := state.Usable(dir); err != nil {
		return "", err
	}
	if info, err := os.Stat(dir); err == nil {
		if command := hostfile.Me().Protect(dir, info); command != "" {
			return "", caution{hinted("other users of this host can replace the files in "+dir, "run "+command)}
		}
	}
	return dir + " can be written", nil
}

// noStateDir is why there is nothing to see of runs.
const noStateDir = skip("this host has neither lock nor journal")

// stuck is how long no run takes, however much there is to do.
const stuck = 12 * time.Hour

// locks tells of runs that are under way, and whether one seems to hang.
func (s *Subject) locks(context.Context) (string, error) {
	if s.Config.StateDir == "" {
		return "", noStateDir
	}
	held, err := state.Holders(s.Config.StateDir)
	if err != nil {
		return "", err
	}
	for _, h := range held {
		if took := s.Host.Clock().Sub(h.Since); took > stuck {
			return "", caution{hinted(
				fmt.Sprintf("process %d has held the lock %s for %d hours, and no run of its command begins meanwhile", h.PID, h.File, int(took.Hours())),
				fmt.Sprintf("see what it waits for; kill -TERM %d lets it end in order", h.PID),
			)}
		}
	}
	if len(held) > 0 {
		return fmt.Sprintf("runs under way: %d", len(held)), nil
	}
	return "no run is under way on this host", nil
}

func (s *Subject) journals(context.Context) (string, error) {
	if s.Config.StateDir == "" {
		return "", noStateDir
	}
	right, damaged, err := state.CheckJournals(s.Config.StateDir, s.Host.Clock())
	if err != nil {
		return "", err
	}
	if damaged != nil {
		return "", caution{exit.WithHint(errors.Join(damaged...),
			"see whether the disk of state_dir is well; the next run of its command replaces the journal, and may be uncertain about more mails")}
	}
	return fmt.Sprintf("journals that can be read: %d", right), nil
}

// metrics looks at the folder alone: the file is made by the first run.
func (s *Subject) metrics(context.Context) (string, error) {
	path := s.Config.Monitor.MetricsFile
	if path == "" {
		return "", skip("no metrics are written")
	}
	_, err := hostfile.Within(hastyTimeout, func() (struct{}, error) { return struct{}{}, monitor.Writable(path) })
	if errors.Is(err, hostfile.ErrHangs) {
		err = &fs.PathError{Op: "look at", Path: filepath.Dir(path), Err: err}
	}
	if err != nil {
		return "", exit.WithHint(err, "make that folder, and let the user of crm-tool write to it; node_exporter reads the file there")
	}
	return path + " can be written", nil
}

// monitor asks nothing: a request would count as a run.
func (s *Subject) monitor(context.Context) (string, error) {
	if s.Config.Monitor.URL.IsZero() {
		return "", skip("no monitor is told of runs")
	}
	return "", skip("not tried, as a request would count as a run; a run warns if the monitor fails")
}
