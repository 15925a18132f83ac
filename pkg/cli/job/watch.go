package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
	"github.com/crm-tool/crm-tool/pkg/monitor"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// How long the end of a run may take to tell others of it, and how long once a signal
// came, which ends a run within ten seconds.
const (
	tellWithin    = 40 * time.Second
	tellOnSignal  = 2 * time.Second
	saveWithin    = 5 * time.Second
	saveOnSignal  = 500 * time.Millisecond
	summaryPrefix = "crm-tool "
)

// watch is how others hear of a run that a schedule began: by metrics, a monitor, mails
// and what stands in Odoo about last runs.
type watch struct {
	// local are this host's settings, config what counts of them as far as it can be read.
	local     *config.Settings
	config    config.Config
	heartbeat *monitor.Heartbeat
	// episode is what Odoo keeps of alerts, on a host without state_dir.
	episode string
	// remember is set by [Job.Remember].
	remember func(*lastrun.Record)
}

// isWatched tells whether others hear of the run: not of one that changes nothing, and
// not of one about some opportunities, which a person began.
func (j *Job) isWatched() bool {
	f := j.spec.Flags
	return j.spec.Scheduled && !j.dry && f != nil && len(f.Only) == 0
}

// startWatch tells the monitor that the run begins. It needs no Odoo, and no settings
// that are right.
func (j *Job) startWatch(ctx context.Context, local *config.Settings) {
	if !j.isWatched() {
		return
	}
	c, err := local.Watch(config.NeedMonitor)
	if err != nil {
		j.Host.Logger().Warn("the monitor does not hear of this run", "error", err.Error())
	}
	j.watch = &watch{local: local, config: c}
	address := notation.MonitorFor(j.watch.config.Monitor.URL.Reveal(), j.Head.Command)
	j.watch.heartbeat = monitor.NewHeartbeat(address, j.Head.Run, Version(), j.Host.Proxy)
	j.watch.heartbeat.Start(context.WithoutCancel(ctx))
}

// settings are those that count for telling others.
func (j *Job) settings() config.Config {
	if j.Session != nil && j.Config.Odoo.URL != "" {
		return j.Config
	}
	return j.watch.config
}

// endWatch tells others how the run ended. Only metrics that cannot be written change
// that, and only of a run that did not fail: what failed there counts.
func (j *Job) endWatch(ctx context.Context, err *error) {
	if j.watch == nil {
		return
	}
	defer j.unlessPanic()
	within := tellWithin
	if ctx.Err() != nil {
		within = tellOnSignal
	}
	telling, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	switch failure := j.writeMetrics(telling, within/2, *err); {
	case failure != nil && *err == nil:
		*err = exit.WithHint(failure, "see whether that folder is there, and whether the user of crm-tool may write to it")
	case failure != nil:
		j.Host.Logger().Warn("Prometheus does not hear of this run", "error", failure.Error())
	}
	if failure := j.watch.heartbeat.End(telling, exit.Code(*err), j.summary(*err)); failure != nil {
		j.Host.Logger().Warn("the monitor in monitor.url was not told of everything", "error", failure.Error())
	}
	j.tellPeople(telling, *err)
	j.saveLastRun(ctx, *err)
}

// unlessPanic makes a warning of a panic: the run itself is done.
func (j *Job) unlessPanic() {
	if value := recover(); value != nil {
		j.Host.Logger().Warn("not everybody was told how this run ended", "error", exit.NewDefectError(value).Error())
	}
}

// writeMetrics writes the metrics of the run, if there is a file for them. A file system
// that hangs must not keep the others from hearing of the run.
func (j *Job) writeMetrics(ctx context.Context, within time.Duration, err error) error {
	path := cmp.Or(j.spec.Flags.MetricsFile, j.settings().Monitor.MetricsFile)
	if path == "" {
		return nil
	}
	now := j.Host.Clock()
	e := monitor.Ended{
		Command: j.Head.Command, Finished: now, Took: now.Sub(j.Head.Started), Exit: exit.Code(err), Counts: j.counts(),
		Shard: j.part(),
	}
	if j.Session != nil {
		e.Calls, e.KeyEnds = j.client.Calls(), j.KeyEnds
	}
	_, err = hostfile.Within(within, func() (struct{}, error) { return struct{}{}, monitor.WriteMetrics(ctx, path, e) })
	if errors.Is(err, hostfile.ErrHangs) {
		return &fs.PathError{Op: "write the metrics to", Path: path, Err: err}
	}
	return err
}

// part returns the part of the records that the run takes, as in 0/4; empty for all.
func (j *Job) part() string {
	part, err := shard(j.spec.Flags.Shard, j.Host.Env)
	if err != nil || part.Count <= 1 {
		return ""
	}
	return fmt.Sprintf("%d/%d", part.Index, part.Count)
}

// counts returns what the run reported.
func (j *Job) counts() report.Counts {
	if j.report == nil {
		return report.Counts{}
	}
	j.report.mu.Lock()
	defer j.report.mu.Unlock()
	return j.report.counts
}

// tally says in one line what the run did.
func (j *Job) tally(err error) string {
	counts := j.counts()
	return report.Summary(j.Head, &counts, exit.Tail(j.Host.Clock(), err))
}

// summary says what the run did and, if it failed, why, without addresses.
func (j *Job) summary(err error) string {
	lines := []string{summaryPrefix + j.tally(err), "run: " + j.Head.Run, "host: " + Hostname()}
	if err != nil {
		lines = append(lines, "exit status: "+exit.Lookup(exit.Code(err)).Meaning)
	}
	if err != nil && !exit.Silent(err) {
		lines = append(lines, "error: "+report.WithoutAddresses(err.Error()))
		for _, hint := range exit.Hints(err) {
			lines = append(lines, "hint: "+report.WithoutAddresses(hint))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// saveLastRun writes into Odoo that the command ran. Before the first run that wrote
// anything, and in an Odoo that this host may not serve, nothing is written.
func (j *Job) saveLastRun(ctx context.Context, err error) {
	if !j.noted {
		return
	}
	within := saveWithin
	if ctx.Err() != nil {
		within = saveOnSignal
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if failure := j.writeLastRun(ctx, err); failure != nil && !isOdoo(err) {
		j.Host.Logger().Warn("`crm-tool runs` will not show that this run was the last one", "error", failure.Error())
	}
}

func (j *Job) writeLastRun(ctx context.Context, err error) error {
	command := j.Head.Command
	text := j.Shared[lastrun.Key(command)]
	if j.Base.Select.Shard.Count > 1 {
		// Other parts ended meanwhile.
		var failure error
		if text, failure = j.Gateway.LastRun(ctx, command); failure != nil {
			return failure
		}
	}
	record := lastrun.Read(text).Add(lastrun.Run{Host: Hostname(), Run: j.Head.Run, Finished: j.Host.Clock(), Exit: exit.Code(err)})
	record.Alert, record.Looked = j.watch.episode, j.Gateway.Looked()
	if j.watch.remember != nil {
		j.watch.remember(&record)
	}
	if text, err = record.Text(); err != nil {
		return err
	}
	return j.Gateway.SaveLastRun(ctx, command, text)
}

// Remember lets a function add to what is kept of this run what the next one is to know.
// It returns false if nothing is kept of it.
func (j *Job) Remember(add func(*lastrun.Record)) bool {
	if j.watch == nil {
		return false
	}
	j.watch.remember = add
	return true
}
