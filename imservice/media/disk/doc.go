// Package disk is the media.Store of one machine: a folder, with a file for each
// part of media. Several message services may share it over a network file system
// that has links or renames.
//
//	DIR/ab/abcd…       what is kept, under its name, by the first two characters
//	DIR/ab/abcd….part  what is being put; old ones are removed when the folder is opened
package disk
