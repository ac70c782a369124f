package sheet

// The limits of what is read. Those of rows and columns are Excel's own; the
// others are far above any real table and keep a hostile file cheap.
const (
	maxRows    = 1 << 20   // of a worksheet, and of blank lines in a row in CSV
	maxColumns = 1 << 14   // cells in a row
	maxLost    = 10_000    // rows that follow each other and cannot be read
	maxRow     = 4 << 20   // bytes of one row of CSV, as one line
	maxQuoted  = 1 << 20   // bytes of one row of CSV that quotes spread over lines
	maxCell    = 1 << 20   // bytes of one cell of a worksheet
	maxRowText = 16 << 20  // bytes of all cells of one row of a worksheet
	maxParts   = 2000      // files in a workbook
	maxIndex   = 1 << 20   // bytes of the list of these files
	maxPacked  = 768 << 20 // bytes that the parts of a workbook unpack to
	maxSmall   = 8 << 20   // bytes of a part that describes, such as the styles
	maxShared  = 12 << 20  // texts that a workbook shares
	maxInside  = 32 << 20  // bytes of shared texts kept in memory, not in a file
	maxDepth   = 32        // elements within each other
	maxText    = 32767     // UTF-16 units in a cell that Excel opens
	maxSlow    = 8 << 20   // bytes of a worksheet that the library may read
)
