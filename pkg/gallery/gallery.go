// Package gallery writes mails that were not sent into a folder, so that a person
// can look at them. Each mail is there as the bytes that would be sent (.eml) and
// as a page (.html). An index.html shows them all, and the records that get no
// mail with the reason.
//
// Only the owner can read the folder, because it contains names and addresses of
// clients. The pages load nothing from outside and run no script except that of
// the index, which shows mails in a frame without any rights. Writing again
// replaces a gallery; a folder with anything else in it is left alone. The
// package renders no mail and does not know Odoo.
package gallery

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// AccessError says that others than its owner can change what is in the folder. It
// would show names and addresses of clients to them.
type AccessError struct {
	Dir string
	// Cause says who.
	Cause string
}

// Error names folder and cause.
func (e *AccessError) Error() string { return "the folder " + e.Dir + " " + e.Cause }

// Hint returns advice.
func (*AccessError) Hint() string {
	return "name a folder of your own, or one that does not exist yet"
}

// ErrNotGallery says that the folder has something in it and is not a gallery.
var ErrNotGallery = errors.New("the folder is not empty and is not a gallery of crm-tool")

// Page is the content of a gallery.
type Page struct {
	// Title is the heading of the index. Note is below it, and says what this is
	// and that nothing was sent. Both are plain text.
	Title   string
	Note    string
	Mails   []Item
	Skipped []Skipped
}

// Item is one mail.
type Item struct {
	// Opportunity is the id in Odoo, which is part of the file names.
	Opportunity int64
	// Name is the name of the opportunity, and Kind says which mail it is
	// ("day 7").
	Name string
	Kind string
	// Message is the mail with its recipients, and Raw are its bytes (RFC 5322).
	Message mail.Message
	Raw     []byte
}

// Skipped is a record that gets no mail.
type Skipped struct {
	Opportunity int64
	Name        string
	// Kind is the mail that the record would get, or empty if that is unknown.
	Kind string
	// Reason is a code (no-email), and Detail a sentence about it.
	Reason string
	Detail string
}

const (
	indexFile = "index.html"
	// marker is written first, so that an unfinished gallery is recognised and
	// can be written again.
	marker     = ".crm-tool-gallery"
	markerText = "crm-tool writes this folder and replaces its own files in it.\n"

	folderMode = 0o700
	fileMode   = 0o600
)

// mailFile matches the names of mails in a gallery.
var mailFile = regexp.MustCompile(`^[0-9]{3,}-opportunity-[0-9]+\.(eml|html)$`)

// Write writes the gallery into dir, which is created if it does not exist and
// gets mode 0700. It returns [ErrNotGallery] if dir has something else in it, an
// [*AccessError] if it belongs to somebody else or everybody can write there, and
// the errors of the file system.
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
	// Closing cannot lose anything: the folder was opened to be read.
	defer func() { _ = root.Close() }()
	if err := private(root, dir); err != nil {
		return err
	}
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

// baseName returns the file name of a mail without its extension: its number in
// the gallery, and its opportunity.
func baseName(i int, item Item) string {
	return fmt.Sprintf("%03d-opportunity-%d", i+1, item.Opportunity)
}

// private refuses a folder that is, or was until now, open to others.
func private(root *os.Root, dir string) error {
	info, err := root.Stat(".")
	if err != nil {
		return fmt.Errorf("prepare gallery %s: %w", dir, err)
	}
	me := hostfile.Me()
	switch {
	case !me.Owns(info):
		return &AccessError{Dir: dir, Cause: "belongs to " + me.OwnerName(info)}
	case info.Mode().Perm()&0o002 != 0:
		return &AccessError{Dir: dir, Cause: "can be written by every user of this host"}
	}
	return nil
}

// empty makes the folder an empty gallery, or fails if it is not a gallery.
func empty(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	info, err := root.Lstat(marker)
	switch {
	case err == nil && !info.Mode().IsRegular(), errors.Is(err, fs.ErrNotExist) && len(entries) > 0:
		return ErrNotGallery
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
		if name := entry.Name(); name == indexFile || mailFile.MatchString(name) {
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

// create writes a file that must not exist yet. So it does not follow a link that
// somebody put there.
func create(root *os.Root, name string, content []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(bytes.NewReader(content))
	return errors.Join(err, f.Close())
}
