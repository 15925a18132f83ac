// Package gallery writes mails that were not sent into a folder, to be looked
// at: each one as the bytes that would have gone out (.eml) and as a page
// (.html), and an index.html that shows them all, with the records that get no
// mail and why.
//
// The folder is for its owner alone: it holds clients' names and addresses.
// The pages load nothing from anywhere and run no script but the index's own;
// a mail is shown in a frame that may do nothing. Writing again replaces a
// gallery; a folder that holds anything else is left alone. The package knows
// nothing of Odoo, and renders no mail itself.
package gallery

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/crm-tool/crm-tool/pkg/mail"
)

// ErrForeign is a folder that holds something and is no gallery.
var ErrForeign = errors.New("the folder is not empty and not a gallery of crm-tool")

// Page is everything that a gallery shows.
type Page struct {
	// Title heads the index, Note stands below it: what this is, and that
	// nothing was sent. Both are plain text.
	Title   string
	Note    string
	Mails   []Item
	Skipped []Skipped
}

// Item is one mail.
type Item struct {
	// Opportunity is the number in Odoo; it is in the files' names.
	Opportunity int64
	// Name is the opportunity's name, Kind what mail it is ("day 7").
	Name string
	Kind string
	// Message is what the mail says and to whom, Raw the same as the bytes
	// that go out (RFC 5322).
	Message mail.Message
	Raw     []byte
}

// Skipped is a record that gets no mail.
type Skipped struct {
	Opportunity int64
	Name        string
	// Kind is the mail that it would have been; empty when it is none in
	// particular.
	Kind string
	// Reason is the reason's code (no-email), Detail a sentence about it.
	Reason string
	Detail string
}

const (
	indexFile = "index.html"
	// marker is written first: a gallery that was left unfinished is
	// recognised, and can be written again.
	marker     = ".crm-tool-gallery"
	markerText = "crm-tool writes this folder and replaces its own files in it.\n"

	folderMode = 0o700
	fileMode   = 0o600
)

// ours are the names that a gallery gives to its mails.
var ours = regexp.MustCompile(`^[0-9]{3,}-opportunity-[0-9]+\.(eml|html)$`)

// Write makes the gallery in dir, which is created when it is not there and
// gets the mode 0700 in any case. It returns ErrForeign when dir holds anything
// and is no gallery, else the error of the file system.
func Write(dir string, page Page) error {
	index, err := renderIndex(page)
	if err != nil {
		return fmt.Errorf("render gallery: %w", err)
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("create gallery: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open gallery: %w", err)
	}
	// Nothing is written through the folder's own handle.
	defer func() { _ = root.Close() }()
	if err := empty(root); err != nil {
		return fmt.Errorf("prepare gallery %s: %w", dir, err)
	}
	for i, item := range page.Mails {
		if err := writeMail(root, baseName(i, item), item); err != nil {
			return fmt.Errorf("write gallery: %w", err)
		}
	}
	if err := create(root, indexFile, index); err != nil {
		return fmt.Errorf("write gallery: %w", err)
	}
	return nil
}

// baseName is the name of a mail's files without their ending: in the order of
// the gallery, and for finding an opportunity.
func baseName(i int, item Item) string {
	return fmt.Sprintf("%03d-opportunity-%d", i+1, item.Opportunity)
}

// empty makes the folder an empty gallery, or fails when it is somebody else's.
func empty(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	info, err := root.Lstat(marker)
	switch {
	case err == nil && !info.Mode().IsRegular(), errors.Is(err, fs.ErrNotExist) && len(entries) > 0:
		return ErrForeign
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := root.Chmod(".", folderMode); err != nil {
		return err
	}
	if info == nil {
		if err := create(root, marker, []byte(markerText)); err != nil {
			return err
		}
	}
	for _, entry := range entries {
		if name := entry.Name(); name == indexFile || ours.MatchString(name) {
			if err := root.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeMail(root *os.Root, base string, item Item) error {
	if err := create(root, base+".eml", item.Raw); err != nil {
		return err
	}
	return create(root, base+".html", []byte(item.Message.HTML))
}

// create writes a file that must be new: nothing is written through a link
// that somebody put there.
func create(root *os.Root, name string, content []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(bytes.NewReader(content))
	return errors.Join(err, f.Close())
}
