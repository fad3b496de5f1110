// Package schematest makes random packages of definitions and holds everything
// that is made of them against each other: the generated codecs of all languages,
// the interpreting decoder of package explain, and, for random changes of the
// definitions, what package lock lets pass against what older and newer peers
// then understand.
//
//	chance ──▶ schema ──▶ source ──▶ parse, backends ──▶ compilers ──▶ same verdicts?
//	              └─edit─▶ source ──▶ lock ──▶ refused, or: same bytes?
//
// It has tests only. They import codegen and msgdef; nothing imports it.
package schematest
