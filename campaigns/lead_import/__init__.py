"""Everything between a customer's file and clean leads: streaming CSV and XLSX, in and out.

source, charsets, separators    bytes, their letters, their cells
csv_rows, xlsx_rows, rows       rows, one bad one never taking others with it
columns                         which column holds what
table                           the four above behind one face
lead_rows                       a row becomes a lead, or problems
rejects                         the file of problems beside the input
run, preview, export            what the command line calls
"""

from campaigns.lead_import.columns import Role, parse_mapping
from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.export import export_leads
from campaigns.lead_import.preview import ColumnPreview, Preview, preview
from campaigns.lead_import.run import ImportSummary, Progress, import_leads

__all__ = [
    "BadFile",
    "ColumnPreview",
    "ImportSummary",
    "Preview",
    "Progress",
    "Role",
    "export_leads",
    "import_leads",
    "parse_mapping",
    "preview",
]
