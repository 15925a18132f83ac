//go:build bench

package bench_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usage is what a way to do something took.
type usage struct {
	// Records is how many opportunities it was about.
	Records int
	Wall    time.Duration
	// Odoo and Postgres are the processor time of all their processes, Client the one of
	// the program that asked them, if it is no process of Odoo's.
	Odoo, Postgres, Client time.Duration
	Calls, Statements      int
	// ClientMemory and OdooMemory are the most that the client and one process of Odoo's
	// had in memory, in bytes.
	ClientMemory, OdooMemory int64
}

// each is the part of a duration that one record has.
func (u usage) each(d time.Duration) time.Duration { return d / time.Duration(max(1, u.Records)) }

// plus adds what was done one after the other about the same records.
func (u usage) plus(v usage) usage {
	u.Wall += v.Wall
	u.Odoo += v.Odoo
	u.Postgres += v.Postgres
	u.Client += v.Client
	u.Calls += v.Calls
	u.Statements += v.Statements
	u.ClientMemory = max(u.ClientMemory, v.ClientMemory)
	u.OdooMemory = max(u.OdooMemory, v.OdooMemory)
	return u
}

// tick is the unit of the processor times in /proc.
const tick = time.Second / 100

// process is what /proc tells about one process.
type process struct {
	parent int
	// cpu contains that of its children that have ended.
	cpu time.Duration
}

// processOf reads /proc/PID/stat: the fields after the name, which is in parentheses.
func processOf(pid int) (process, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	number := func(i int) int {
		n, numberErr := strconv.Atoi(fields[i])
		if numberErr != nil {
			err = numberErr
		}
		return n
	}
	ticks := 0
	for i := 11; i <= 14; i++ { // utime, stime, cutime, cstime
		ticks += number(i)
	}
	return process{parent: number(1), cpu: time.Duration(ticks) * tick}, err
}

// family returns a process and all that descend from it.
func family(root int) map[int]process {
	all := map[int]process{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if p, err := processOf(pid); err == nil { // It may have ended.
			all[pid] = p
		}
	}
	found := map[int]process{root: all[root]}
	for grew := true; grew; {
		grew = false
		for pid, p := range all {
			_, known := found[pid]
			if _, ours := found[p.parent]; ours && !known {
				found[pid], grew = p, true
			}
		}
	}
	return found
}

// cpuOf is the processor time of a process and all that descend from it, also of
// those that have ended.
func cpuOf(root int) time.Duration {
	var sum time.Duration
	for _, p := range family(root) {
		sum += p.cpu
	}
	return sum
}

// peakOf is the most memory that one of the processes had since [forgetPeaks], in bytes.
func peakOf(pids ...int) int64 {
	var most int64
	for _, pid := range pids {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		if fields := strings.Fields(rest); len(fields) > 0 {
			kilobytes, _ := strconv.ParseInt(fields[0], 10, 64)
			most = max(most, kilobytes<<10)
		}
	}
	return most
}

// forgetPeaks lets the peaks of memory begin at what the processes have now.
func forgetPeaks(pids ...int) {
	for _, pid := range pids {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) // It may have ended.
	}
}

// watchPeak looks at the memory of a process until done is closed.
func watchPeak(pid int, done <-chan struct{}) (peak int64) {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		peak = max(peak, peakOf(pid))
		select {
		case <-done:
			return peak
		case <-look.C:
		}
	}
}

// keys are the ids of processes.
func keys(processes map[int]process) []int {
	var ids []int
	for id := range processes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// median returns the one in the middle, and how far the others are from it: the
// greatest distance, as a part of it.
func median(values []float64) (middle, spread float64) {
	sorted := slices.Sorted(slices.Values(values))
	middle = sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		middle = (middle + sorted[len(sorted)/2-1]) / 2
	}
	if middle > 0 {
		spread = max(middle-sorted[0], sorted[len(sorted)-1]-middle) / middle
	}
	return middle, spread
}
