package tables

// The header: magic, format number, count of sections, length of the file, seed of the hashes, then
// offset and length of each section (FORMAT.md, rules F1 to F4).
const (
	magic       = "LICTOR\x00T"
	format      = 3 // what Build writes and the newest that Open reads
	headerSize  = 32
	sectionSize = 16
)

// The sections, in file order.
const (
	secMeta       = iota // counts and options, see meta*
	secText              // UTF-8 that refs point into
	secNamespaces        // refs
	secTypes             // subject types, see type*
	secShapes            // masks, see F7
	secDirectory         // buckets of cells, see bucket*
	secCells             // see cell*
	secSubjectDir        // word offsets of the first subject of each bucket
	secSubjects          // see subject*
	secTerms             // terms of direct policies, see term*
	secOrigins           // policy ids, parallel to the holders of groups
	secValues            // encoded values
	secConditions        // see condition*
	secPolicies          // see policy*
	secHolders           // see holder*
	secLists             // u32 lists: a count, then the items
	secScopes            // see scope*
	secOrgs              // refs
	secFiles             // refs
	secResources         // see resource*; since format 2
	secRego              // see rego*; since format 3
	secRoutes            // see route*; since format 3
	sectionCount
)

// sectionsOf holds the number of sections of each format. A format only adds sections, at the end; those
// that an older file does not have are empty.
var sectionsOf = [format + 1]int{1: secResources, 2: secRego, 3: sectionCount}

// cacheLine is what sections and small records are aligned to, so that reading one costs one miss.
const cacheLine = 64

// sectionsStart is where the first section of a file of the newest format starts.
const sectionsStart = (headerSize + sectionCount*sectionSize + cacheLine - 1) / cacheLine * cacheLine

// Fields of secMeta, each a u32.
const (
	metaNamespace  = iota // index of the project's namespace
	metaCase              // 0 sensitive, 1 insensitive
	metaHolders           // roles, entitlements, then birthright holders
	metaNamed             // roles and entitlements only
	metaSubjects          // count of subject records
	metaCells             // count of cells
	metaOpenRoutes        // 1: requests that no route binds are let through; since format 3
	metaFields
)

// metaFieldsOf holds the number of fields of each format. Those that an older file does not have are 0.
var metaFieldsOf = [format + 1]int{1: metaOpenRoutes, 2: metaOpenRoutes, 3: metaFields}

// Fixed record sizes in bytes.
const (
	refSize      = 8  // offset u32 into secText, length u32
	typeSize     = 16 // ref, birthright holder of unknown subjects u32, of stored subjects u32
	bucketSize   = 8  // word offset of the first cell u32, filter u32
	termSize     = 32 // effect u8, 0 u8, tag u16, condition u32, residual u32, organisation u32, from i64, to i64
	policySize   = 40 // ref, owner kind u8, effect u8, 0 u16, owner u32, condition u32, term u32, file u32, line u32, 0 u64
	holderSize   = 32 // ref, kind u32, list of policies u32, list of the closure u32, file u32, line u32, 0 u32
	scopeSize    = 16 // ref of the name, ref of the permission
	resourceSize = 24 // ref of the namespace, ref of the type, list of action refs u32, list of attribute refs u32
	regoSize     = 12 // ref of the text, set of roots it reads u32
	routeSize    = 28 // lists of methods, segments, roles and permissions u32; satisfy u8, auth u8, 0 u16; file u32, line u32
	conditionRow = 24 // ref of the text, word offset of the code u32, words of code u32, file u32, line u32
)

// A cell: head, key, payload, each a whole number of words.
const (
	cellHash    = 0  // low half of the key's hash u32
	cellMask    = 4  // u16: bit i says that part i is in the key
	cellSpace   = 6  // u16: namespace, or one of the space* numbers
	cellKeySize = 8  // u16: bytes of the key without padding
	cellGroups  = 10 // u16: count of groups; 0 in spaces without groups
	cellWords   = 12 // u32: words of the whole cell
	cellHead    = 16
)

// Spaces beyond the namespaces: what else is looked up by key.
const (
	spaceRole         = 0xffff // part 0 is a role; one group of the holders that hold it
	spaceOrganisation = 0xfffe // part 0 is a code; the payload is its index
	spaceObject       = 0xfffd // parts 0 to 2 are namespace, type, id; the payload is its properties
	maxNamespaces     = 0xff00
)

// A group: head, then the set of holders.
const (
	groupEffect    = 0  // u8
	groupSetKind   = 1  // u8, see set*
	groupTag       = 2  // u16: the mask of the DENY that the group comes from; the cell's mask for ALLOW
	groupCondition = 4  // u32, 0 for none
	groupOrigin    = 8  // u32: index into secOrigins of the first holder's policy
	groupResidual  = 12 // u32: list of further parts to compare, 0 for none
	groupHead      = 16
)

// A subject: head, id, then holders, extras and directs as the flags say.
const (
	subjectHash  = 0  // low half of the id's hash u32
	subjectIDLen = 4  // u16
	subjectType  = 6  // u16
	subjectWords = 8  // u32: words of the whole record
	subjectFlags = 12 // u8, see flag*
	subjectSet   = 13 // u8: set kind of the holders
	subjectHead  = 16

	flagInactive   = 1
	flagProperties = 2 // a word: offset into secValues
	flagExtras     = 4 // a word: count; then extras
	flagDirects    = 8 // a word: count; then directs

	extraSize  = 24 // organisation + 1 u32 (0: everywhere), holder u32, from i64, to i64
	directSize = 12 // word offset of the cell u32, term u32, policy u32
)

// none marks an absent index or offset.
const none = ^uint32(0)

// words rounds a number of bytes up to whole words.
func words(n int) int { return (n + 3) / 4 }
