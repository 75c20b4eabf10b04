"""SAP ERP by RFC and BAPI."""
